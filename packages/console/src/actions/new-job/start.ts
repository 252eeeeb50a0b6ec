import type { RecordResource } from '../../catalogue/record-resource.ts';
import { readCriteria } from '../../criteria/criteria.ts';
import { type CriteriaDraft, draftOf, everything } from '../../criteria/draft.ts';
import { actionTypes, type Options, usual } from './order.ts';

/** With what a new action begins, as the address has it. */
export interface Start {
  /** JSON. */
  readonly criteria?: string;
  readonly type?: string;
  readonly reason?: string;
}

export function parseStart(search: Readonly<Record<string, unknown>>): Start {
  const text = (name: keyof Start) => {
    const value = search[name];
    return typeof value === 'string' && value !== '' ? { [name]: value } : {};
  };
  return { ...text('criteria'), ...text('type'), ...text('reason') };
}

export function criteriaFrom({ criteria }: Start, resource: RecordResource): CriteriaDraft {
  const read = readCriteria(criteria ?? '');
  return 'fault' in read ? everything : draftOf(read.criteria, resource);
}

export function optionsFrom({ type, reason = '' }: Start): Options {
  return { ...usual, reason, type: actionTypes.find((each) => each === type) ?? usual.type };
}
