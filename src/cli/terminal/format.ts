/** Made when it is needed: that takes 30 ms, and most commands count nothing. */
let grouped: Intl.NumberFormat | undefined;

/** 1234567 → `1,234,567`. */
export function count(value: number): string {
  grouped ??= new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 });
  return grouped.format(value);
}

/** `1 line`, `2,000 lines`. */
export function lines(value: number): string {
  return `${count(value)} ${value === 1 ? 'line' : 'lines'}`;
}

/** Bytes as a person says them: `812 B`, `3.4 MB`. */
export function bytes(value: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  let amount = value;
  let unit = 0;
  for (; amount >= 1000 && unit < units.length - 1; unit += 1) amount /= 1000;
  return `${unit === 0 || amount >= 100 ? Math.round(amount) : amount.toFixed(1)} ${units[unit]}`;
}

/** Seconds as a person says them: `12 s`, `3 min 20 s`, `2 h 5 min`. */
export function duration(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${whole % 60} s`;
  return `${count(Math.floor(whole / 3600))} h ${Math.floor((whole % 3600) / 60)} min`;
}

/** A moment in the reader's time zone, to the second, sortable: `2026-01-31 09:00:00`. */
export function moment(iso: string): string {
  const date = new Date(iso);
  if (Number.isNaN(date.getTime())) return iso;
  const two = (value: number) => String(value).padStart(2, '0');
  const day = [date.getFullYear(), two(date.getMonth() + 1), two(date.getDate())].join('-');
  return `${day} ${[date.getHours(), date.getMinutes(), date.getSeconds()].map(two).join(':')}`;
}

// What a file brought must not steer the terminal that shows it: C0, DEL and C1 control characters.
const CONTROL = /\p{Cc}+/gu;

/** Text from a file or a server, on one line and harmless for a terminal. */
export function plain(text: string): string {
  return text.replace(CONTROL, ' ');
}
