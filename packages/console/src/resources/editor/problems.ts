import type { Problem } from '@openbulk/client';
import type { Messages } from '../../say/en.ts';
import type { ResourceDraft } from './edit.ts';

/** Where in the editor a problem is shown. */
export type Place = 'name' | 'type' | 'format' | 'maxLength' | 'values' | 'other';

/** What is wrong with a declaration, by where it is shown. */
export interface Problems {
  readonly name: readonly string[];
  readonly key: readonly string[];
  /** By the ids of the fields. */
  readonly fields: ReadonlyMap<number, Readonly<Partial<Record<Place, string>>>>;
  /** Of nothing that the editor has an input for: with the place in the declaration. */
  readonly rest: readonly Problem[];
}

const FIELD = /^declaration\/fields\/(\d+)(?:\/(.*))?$/;

/** What is plain without asking the server, in the words of the page; the fields are as the server spells them. */
export function findGaps(draft: ResourceDraft, taken: readonly string[], say: Messages): Problem[] {
  const words = say.resources.problems;
  const name = draft.declaration.openbulk?.name ?? '';
  const names = draft.fields.map(({ field }) => field.name.trim().toLowerCase());
  const gaps: Problem[] = [];
  if (name === '') gaps.push({ field: 'declaration/openbulk/name', message: words.noName });
  else if (taken.includes(name)) gaps.push({ field: 'declaration/openbulk/name', message: words.taken(name) });
  if (draft.fields.length > 0 && draft.key.length === 0)
    gaps.push({ field: 'declaration/primaryKey', message: words.noKey });
  for (const [index, each] of names.entries()) {
    const field = `declaration/fields/${index}/name`;
    if (each === '') gaps.push({ field, message: words.noName });
    else if (names.indexOf(each) < index) gaps.push({ field, message: words.twice });
  }
  return gaps;
}

/** Puts each problem where a person can do something about it. */
export function placeProblems(problems: readonly Problem[], draft: ResourceDraft): Problems {
  const fields = new Map<number, Partial<Record<Place, string>>>();
  const name: string[] = [];
  const key: string[] = [];
  const rest: Problem[] = [];
  for (const problem of problems) {
    const { field, message } = problem;
    const [, index, member = ''] = FIELD.exec(field) ?? [];
    const at = index === undefined ? undefined : draft.fields[Number(index)];
    if (at) {
      const before = fields.get(at.id) ?? {};
      const place = placeOf(member);
      fields.set(at.id, { ...before, [place]: before[place] ? `${before[place]} ${message}` : message });
    } else if (field === 'declaration/openbulk/name') name.push(message);
    else if (/^declaration\/(?:primaryKey|openbulk\/key)(?:\/|$)/.test(field)) key.push(message);
    else rest.push(problem);
  }
  return { name, key, fields, rest };
}

function placeOf(member: string): Place {
  if (member === 'name' || member === 'type') return member;
  if (
    /^(?:format|openbulk\/format|decimalChar|groupChar|trueValues|falseValues|delimiter|itemType)(?:\/|$)/.test(member)
  )
    return 'format';
  if (/^(?:constraints\/maxLength|openbulk\/maxLength)$/.test(member)) return 'maxLength';
  return /^constraints\/enum(?:\/|$)/.test(member) ? 'values' : 'other';
}
