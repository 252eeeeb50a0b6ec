/** The role and the database inside the cluster. */
export const ROLE = 'openbulk';
export const DATABASE = 'openbulk';

/**
 * How the server runs. Given on its command line rather than in postgresql.conf, so that an upgrade of OpenBulk
 * changes them for existing folders too. Durability (fsync, full_page_writes, synchronous_commit) is left at its
 * default, on: the ledger's promise rests on it.
 */
const SETTINGS: Readonly<Record<string, string>> = {
  // Nobody but this machine; other machines share a real PostgreSQL through DATABASE_URL.
  listen_addresses: '127.0.0.1',
  // A socket's path has at most 107 bytes, which a data folder may well exceed; TCP has no such limit.
  unix_socket_directories: '',
  // API, workers and several commands at a time, each with its pool; an idle slot costs some KB.
  max_connections: '200',
  // The indexes of some million rows stay in memory; the default of 128MB is meant for the smallest machines.
  shared_buffers: '256MB',
  // Bulk writes fill the default of 1GB within a minute and would checkpoint without pause.
  max_wal_size: '4GB',
  // No replica and no archive reads this WAL; the two go together.
  wal_level: 'minimal',
  max_wal_senders: '0',
  // Compiling costs more than it saves in queries of milliseconds, and the package brings no LLVM.
  jit: 'off',
  // start-server.ts reads the log, and people far away do; neither language nor time zone may depend on the machine.
  lc_messages: 'C',
  timezone: 'UTC',
  log_timezone: 'UTC',
  // Avoids a useless log line every five minutes.
  log_checkpoints: 'off',
};

/** Arguments of `postgres` for a cluster. The folder comes first and is followed by others: see find-server.ts. */
export function serverArguments(cluster: string, port: number): string[] {
  const settings = Object.entries({ ...SETTINGS, port: String(port) });
  return ['-D', cluster, ...settings.flatMap(([name, value]) => ['-c', `${name}=${value}`])];
}
