import type { Kind } from '../records/resources.ts';
import { findColumn, type RecordResource } from '../records/resources.ts';
import type { Messages } from '../say/en.ts';
import type { Format } from '../say/format.ts';
import type { Criteria } from './criteria.ts';
import { kindsOf } from './draft.ts';
import { type Choice, type FormCondition, type FormPart, isOfLines, takesText, toForm } from './form.ts';

/** What a column is called. */
export function columnName(name: string, say: Messages): string {
  const known: Readonly<Record<string, string>> = say.columns.names;
  if (Object.hasOwn(known, name)) return known[name] ?? name;
  const open: Readonly<Record<string, string>> = say.columns.open;
  const [first = '', ...rest] = name.split('.');
  return rest.length > 0 && Object.hasOwn(open, first) ? `${open[first]}: ${rest.join('.')}` : name;
}

/** What a comparison is called, of values of a kind. */
export function choiceName(choice: Choice, kind: Kind, say: Messages): string {
  const { choices, times, lists } = say.criteria;
  const special: Partial<Record<Choice, string>> =
    kind === 'moment' || kind === 'date' ? times : kind === 'list' ? lists : {};
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
  const kind = findColumn(resource, field)?.kind ?? 'text';
  const subject = `${columnName(field, say)} ${choiceName(choice, kind, say)}`;
  if (!takesText(choice)) return subject;
  const spell = (value: string) => valueName(value, kind, say, format);
  return `${subject} ${isOfLines(choice) ? text.split('\n').map(spell).join(', ') : spell(text)}`;
}

function valueName(value: string, kind: Kind, say: Messages, format: Format): string {
  const names: Readonly<Record<string, string>> = say.criteria.values;
  if (kind === 'choice' && Object.hasOwn(names, value)) return names[value] ?? value;
  const moment = kind === 'moment' ? new Date(value) : undefined;
  if (moment && !Number.isNaN(moment.getTime())) return format.moment(moment);
  return kind === 'text' || kind === 'document' ? `“${value}”` : value;
}
