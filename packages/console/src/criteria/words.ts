import { type Column, columnName, findColumn, type Kind, type RecordResource } from '../catalogue/record-resource.ts';
import type { Messages } from '../say/en.ts';
import type { Format } from '../say/format.ts';
import type { Criteria } from './criteria.ts';
import { kindsOf } from './draft.ts';
import { type Choice, type FormCondition, type FormPart, isOfLines, takesText, toForm } from './form.ts';

/** What a comparison is called, of values of a kind. */
export function choiceName(choice: Choice, kind: Kind, say: Messages): string {
  const { choices, times, lists } = say.criteria;
  const special: Partial<Record<Choice, string>> =
    kind === 'moment' || kind === 'date' || kind === 'time' ? times : kind === 'list' ? lists : {};
  return special[choice] ?? choices[choice];
}

/** A criteria as a person would say it. */
export function wordsOf(criteria: Criteria, resource: RecordResource, say: Messages, format: Format): string {
  const words = say.criteria;
  const spell = (part: FormPart, within: boolean): string => {
    if (part.kind === 'raw') return JSON.stringify(part.criteria);
    if (part.kind === 'condition') return spellCondition(part, resource, say, format);
    const { match, parts } = part;
    if (parts.length === 0) return match === 'all' || match === 'none' ? words.everything : words.nothing;
    const joined = parts
      .map((each) => spell(each, true))
      .join(match === 'any' || match === 'none' ? words.or : words.and);
    if (match === 'notAll' || match === 'none') return words.not(joined);
    return within && parts.length > 1 ? `(${joined})` : joined;
  };
  return spell(toForm(criteria, kindsOf(resource)), false);
}

function spellCondition(
  { field, choice, text }: FormCondition,
  resource: RecordResource,
  say: Messages,
  format: Format,
) {
  const column = findColumn(resource, field);
  const kind = column?.kind ?? 'text';
  const subject = `${columnName(resource, field)} ${choiceName(choice, kind, say)}`;
  if (!takesText(choice)) return subject;
  const spell = (value: string) => valueName(value, column, format);
  return `${subject} ${isOfLines(choice) ? text.split('\n').map(spell).join(', ') : spell(text)}`;
}

function valueName(value: string, column: Pick<Column, 'kind' | 'values'> | undefined, format: Format): string {
  const { kind = 'text', values } = column ?? {};
  const named = values?.find((each) => each.value === value);
  if (named) return named.label;
  const moment = kind === 'moment' ? new Date(value) : undefined;
  if (moment && !Number.isNaN(moment.getTime())) return format.moment(moment);
  return kind === 'text' || kind === 'document' ? `“${value}”` : value;
}
