# Starts the system's PostgreSQL 15 or later on a free port, in a folder of its own; sets POSTGRES_BIN and POSTGRES_URL.

find_postgres() {
  POSTGRES_BIN=$(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -V | tail -n 1)
  [ -n "$POSTGRES_BIN" ] && [ -x "$POSTGRES_BIN/initdb" ]
}

# PostgreSQL refuses to run as root.
unprivileged() {
  if [ "$(id -u)" -eq 0 ]; then setpriv --reuid=nobody --regid="$(id -g nobody)" --clear-groups -- "$@"; else "$@"; fi
}

start_postgres() {
  if ! find_postgres; then
    apt-get update -qq && apt-get install -y -qq postgresql >/dev/null || { echo "no PostgreSQL on this system, and none could be installed"; return 1; }
    find_postgres || return 1
  fi
  POSTGRES_HOME=$(mktemp -d)
  chmod 755 "$POSTGRES_HOME"
  if [ "$(id -u)" -eq 0 ]; then chown nobody "$POSTGRES_HOME"; fi
  local port
  port=$(node -e 'const s = require("net").createServer().listen(0, "127.0.0.1", () => { console.log(s.address().port); s.close(); })')
  (
    cd "$POSTGRES_HOME" &&
      unprivileged "$POSTGRES_BIN/initdb" -D "$POSTGRES_HOME/data" -A trust -U postgres -E UTF8 --locale=C >/dev/null &&
      unprivileged "$POSTGRES_BIN/pg_ctl" -D "$POSTGRES_HOME/data" -l "$POSTGRES_HOME/log" -w start >/dev/null \
        -o "-p $port -c listen_addresses=127.0.0.1 -c unix_socket_directories='' -c max_connections=300 -c fsync=off -c full_page_writes=off"
  ) || { cat "$POSTGRES_HOME/log" 2>/dev/null; return 1; }
  POSTGRES_URL="postgres://postgres@127.0.0.1:$port/postgres"
}

stop_postgres() {
  [ -n "${POSTGRES_HOME:-}" ] || return 0
  (cd "$POSTGRES_HOME" && unprivileged "$POSTGRES_BIN/pg_ctl" -D "$POSTGRES_HOME/data" -m immediate stop >/dev/null 2>&1)
  rm -rf "$POSTGRES_HOME"
  POSTGRES_HOME=
}
