import { InvalidArgumentError } from 'commander';
import { ALL_PERMISSIONS, isPermission, type Permission } from '../../auth/permissions.ts';
import { parseId, toHex24 } from '../../task/ids.ts';
import { isResourceName, MAX_RESOURCE_NAME } from '../../task/permissions.ts';

/** Reads one more `name=value` of an option that may be repeated. */
export function pair(text: string, before: readonly (readonly [string, string])[] = []): [string, string][] {
  const split = text.indexOf('=');
  const name = text.slice(0, split).trim();
  if (split < 0 || name === '') throw new InvalidArgumentError('Use the form target=value.');
  if (before.some(([known]) => known === name)) throw new InvalidArgumentError(`${name} is given more than once.`);
  return [...before.map(([known, value]): [string, string] => [known, value]), [name, text.slice(split + 1)]];
}

/** Reads one more text of an option that may be repeated. */
export function texts(text: string, before: readonly string[] = []): string[] {
  return [...before, text];
}

const UNITS = { s: 1, m: 60, h: 3600, d: 86_400 } as const;

/** Reads a duration such as 90s, 15m, 1h or 7d. @returns seconds */
export function durationSeconds(text: string): number {
  const match = /^(\d{1,9})([smhd])$/.exec(text);
  const seconds = match ? Number(match[1]) * UNITS[match[2] as keyof typeof UNITS] : 0;
  if (seconds < 1) throw new InvalidArgumentError('Use a duration such as 90s, 15m, 1h or 7d.');
  return seconds;
}

/** Reads a duration such as 12h, at most a year, or 0. @returns seconds */
export function graceSeconds(text: string): number {
  const seconds = text === '0' ? 0 : durationSeconds(text);
  if (seconds > 365 * UNITS.d) throw new InvalidArgumentError('The maximum is 365d.');
  return seconds;
}

/** Reads the name of a resource. */
export function resource(text: string): string {
  if (isResourceName(text)) return text;
  throw new InvalidArgumentError(
    `Use lowercase letters, digits and single hyphens, at most ${MAX_RESOURCE_NAME} characters, such as spare-parts.`,
  );
}

/** Reads a whole number from 1 on. */
export function positive(text: string): number {
  if (!/^[1-9]\d{0,8}$/.test(text)) throw new InvalidArgumentError('It must be a whole number of at least 1.');
  return Number(text);
}

/** Reads a number of days, of at least `least` and a hundred years at most. */
export function days(least: number): (text: string) => number {
  return (text) => {
    const value = /^\d{1,5}$/.test(text) ? Number(text) : Number.NaN;
    if (value >= least && value <= 36_500) return value;
    throw new InvalidArgumentError(`It must be a whole number of days, from ${least} to 36500.`);
  };
}

/** Reads the id of a task, in either spelling. @returns 24 hex digits */
export function taskId(text: string): string {
  const id = parseId(text);
  if (!id) throw new InvalidArgumentError('A task id is 24 hex digits or a UUID.');
  return toHex24(id);
}

/** Reads a list of permissions, separated by commas. */
export function permissionList(text: string): Permission[] {
  const names = text.split(',').map((name) => name.trim());
  return names.map((name) => {
    if (isPermission(name)) return name;
    throw new InvalidArgumentError(
      `${JSON.stringify(name)} is not a permission. The permissions are: ${ALL_PERMISSIONS.join(', ')}.`,
    );
  });
}

/** Reads the address of a server. @returns without a trailing slash */
export function serverUrl(text: string): string {
  const url = URL.parse(text);
  if (!url || !/^https?:$/.test(url.protocol) || url.search || url.hash)
    throw new InvalidArgumentError('It must be an http or https URL.');
  return url.href.replace(/\/+$/, '');
}

/** Reads the name of a character set. */
export function charset(text: string): string {
  if (/^[\w.:+-]{1,40}$/.test(text)) return text;
  throw new InvalidArgumentError('Use the name of a character set, such as utf-8, windows-1252 or utf-16le.');
}
