import { findColumn, type RecordResource } from '../catalogue/record-resource.ts';
import { type Criteria, type Fault, readCriteria } from './criteria.ts';
import { type FormPart, type KindOf, toCriteria, toForm } from './form.ts';

/** A criteria as it is written: by form, or as JSON, which is ahead of the form while there is a fault in it. */
export interface CriteriaDraft {
  readonly form: FormPart;
  readonly json?: string;
  readonly fault?: Fault;
}

export const everything: CriteriaDraft = { form: { kind: 'group', match: 'all', parts: [] } };

export function kindsOf(resource: RecordResource): KindOf {
  return (field) => findColumn(resource, field)?.kind ?? 'text';
}

export function draftOf(criteria: Criteria, resource: RecordResource): CriteriaDraft {
  return { form: toForm(criteria, kindsOf(resource)) };
}

/** The draft that a text is. What cannot be read leaves the form as it was. */
export function typed(before: CriteriaDraft, json: string, resource: RecordResource): CriteriaDraft {
  const read = readCriteria(json);
  return 'fault' in read
    ? { form: before.form, json, fault: read.fault }
    : { form: toForm(read.criteria, kindsOf(resource)), json };
}

export function criteriaOf({ form }: CriteriaDraft, resource: RecordResource): Criteria {
  return toCriteria(form, kindsOf(resource));
}

export function jsonOf(draft: CriteriaDraft, resource: RecordResource): string {
  return draft.json ?? JSON.stringify(criteriaOf(draft, resource), null, 2);
}

/** Whether it has no condition at all, so that every record is meant. */
export function isEverything({ form }: CriteriaDraft): boolean {
  return form.kind === 'group' && form.match === 'all' && form.parts.length === 0;
}
