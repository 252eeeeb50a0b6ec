import { type DeclaredField, labelOf } from '../../catalogue/declaration.ts';
import type { Served } from '../../catalogue/queries.ts';
import parts from '../../parts/parts.module.css';
import { useSpeech } from '../../say/language.tsx';
import { inLetters, numberFormatOf, textFormatOf, typeOf } from '../editor/formats.ts';
import classes from '../resources.module.css';

/** Values that are shown of a field that allows only some. */
const SHOWN_VALUES = 6;

/** The fields of a resource, and what their values must be. */
export function FieldsTable({ served }: { readonly served: Served }) {
  const { say, language } = useSpeech();
  const words = say.resources;
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be scrollable by keyboard
    <section className={parts.scroll} tabIndex={0} aria-label={words.fields}>
      <table className={parts.table}>
        <thead>
          <tr>
            <th scope="col">{words.field.label}</th>
            <th scope="col">{words.field.name}</th>
            <th scope="col">{words.field.type}</th>
            <th scope="col">{words.rules}</th>
            <th scope="col">{words.field.examples}</th>
          </tr>
        </thead>
        <tbody>
          {served.declaration.fields.map((field) => (
            <tr key={field.name}>
              <th scope="row">
                {labelOf({ title: field.title, labels: field.openbulk?.labels }, field.name, language)}
              </th>
              <td className={classes.mono}>{field.name}</td>
              <td>
                {words.field.types[typeOf(field)]}
                <FormatOf field={field} />
              </td>
              <td>
                <Rules field={field} keyed={served.key.includes(field.name)} />
              </td>
              <td className={classes.examples}>{(field.openbulk?.examples ?? []).filter(Boolean).join(' · ')}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

function FormatOf({ field }: { readonly field: DeclaredField }) {
  const { field: words } = useSpeech().say.resources;
  const type = typeOf(field);
  const text = textFormatOf(field);
  const number = numberFormatOf(field);
  const said =
    type === 'string' && text !== ''
      ? words.formats[text]
      : (type === 'number' || type === 'integer') && number !== '1234.56'
        ? number
        : type === 'date' || type === 'datetime' || type === 'time'
          ? inLetters(field.format)
          : '';
  return said === '' ? null : <div className={classes.sub}>{said}</div>;
}

function Rules({ field, keyed }: { readonly field: DeclaredField; readonly keyed: boolean }) {
  const { say, format } = useSpeech();
  const { field: words } = say.resources;
  const { constraints = {}, openbulk = {} } = field;
  const { maxLength, enum: values } = constraints;
  const rules = [
    ...(keyed ? [words.key] : []),
    ...(constraints.required && !keyed ? [words.required] : []),
    ...(openbulk.readOnly || openbulk.unlisted ? [words.readOnly] : []),
    ...(maxLength === undefined ? [] : [words.atMost(format.count(maxLength))]),
    ...(values
      ? [words.oneOf(values.slice(0, SHOWN_VALUES).map(String).join(', ') + (values.length > SHOWN_VALUES ? '…' : ''))]
      : []),
  ];
  return rules.join(' · ');
}
