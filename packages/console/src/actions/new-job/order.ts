import type { Criteria } from '../../criteria/criteria.ts';

export const actionTypes = ['block', 'deny', 'throttle', 'monitor', 'allow', 'cleanup'] as const;
export type ActionType = (typeof actionTypes)[number];

export const units = { minutes: 60, hours: 3_600, days: 86_400 } as const;
export type Unit = keyof typeof units;

/** What is to be done with the devices, as it is being filled in. */
export interface Options {
  readonly type: ActionType;
  readonly reason: string;
  /** Temporarily; otherwise permanently. */
  readonly timed: boolean;
  readonly amount: string;
  readonly unit: Unit;
  /** Not before a time; otherwise as soon as possible. */
  readonly later: boolean;
  /** RFC 3339. */
  readonly at: string;
  /** Of devices; nothing for no limit. */
  readonly limit: string;
}

export const usual: Options = {
  type: 'block',
  reason: '',
  timed: false,
  amount: '1',
  unit: 'days',
  later: false,
  at: '',
  limit: '',
};

/** As the server has them: characters, and seconds. */
const MAX_REASON = 1_000;
const MAX_SECONDS = 10 * 365 * 86_400;

export type OptionFault = 'reasonMissing' | 'reasonLong' | 'amount' | 'amountMuch' | 'at' | 'limit';

/** What is wrong with what was filled in. */
export function faultsIn(options: Options): OptionFault[] {
  const { type, reason, later, at } = options;
  const seconds = secondsOf(options);
  const faults: (OptionFault | false)[] = [
    needsReason(type) && reason.trim() === '' && 'reasonMissing',
    reason.trim().length > MAX_REASON && 'reasonLong',
    Number.isNaN(seconds) && 'amount',
    seconds > MAX_SECONDS && 'amountMuch',
    later && at === '' && 'at',
    Number.isNaN(limitOf(options)) && 'limit',
  ];
  return faults.filter((fault) => fault !== false);
}

/** They take something from a device's owner, who will ask why. */
export function needsReason(type: ActionType): boolean {
  return type === 'block' || type === 'deny' || type === 'cleanup';
}

/** Whether it can be in force for a time: what is deleted does not come back. */
export function canEnd(type: ActionType): boolean {
  return type !== 'cleanup';
}

/** Duration; 0 means permanently. NaN if it is not a number. */
export function secondsOf({ type, timed, amount, unit }: Options): number {
  if (!timed || !canEnd(type)) return 0;
  return wholeNumber(amount) * units[unit];
}

/** Limit of devices; 0 means none. NaN if it is not a number. */
export function limitOf({ limit }: Options): number {
  return limit.trim() === '' ? 0 : wholeNumber(limit);
}

function wholeNumber(text: string): number {
  const value = /^\d{1,9}$/.test(text.trim()) ? Number(text) : Number.NaN;
  return value > 0 ? value : Number.NaN;
}

/** The order of a job. @param token of the preview whose devices alone may be touched */
export function orderOf(options: Options, criteria: Criteria, token: string) {
  const { type, reason, later, at } = options;
  return {
    criteria_json: { ...criteria },
    action_type: type,
    action_duration: secondsOf(options),
    action_reason: reason.trim(),
    max_limit: limitOf(options),
    preview_token: token,
    ...(later && { scheduled_at: at }),
  };
}

/** From this number of devices, the person who confirms must type their number. */
export const MANY = 100;

/** Whether a text is that number, written at once or with something between every three digits. */
export function isNumber(text: string, number: number): boolean {
  const digits = text.trim();
  return /^\d{1,3}(?:[\s.,'’]\d{3})*$|^\d+$/.test(digits) && digits.replace(/\D/g, '') === String(number);
}
