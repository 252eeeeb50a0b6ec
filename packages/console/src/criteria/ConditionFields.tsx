import { NativeSelect, TextInput } from '@mantine/core';
import type { Problem } from '@openbulk/client';
import { columnName, findColumn, type RecordResource } from '../catalogue/record-resource.ts';
import { useSpeech } from '../say/language.tsx';
import classes from './criteria.module.css';
import { type Choice, choicesOf, type FormCondition, isOfLines, partPath, takesText } from './form.ts';
import { RemoveButton } from './RemoveButton.tsx';
import { ValueField } from './ValueField.tsx';
import { choiceName } from './words.ts';

interface Props {
  readonly resource: RecordResource;
  readonly condition: FormCondition;
  readonly path: string;
  readonly problems: readonly Problem[];
  onChange(condition: FormCondition): void;
  onRemove(): void;
}

/** One comparison: what, how, and with what. */
export function ConditionFields({ resource, condition, path, problems, onChange, onRemove }: Props) {
  const { say } = useSpeech();
  const words = say.criteria;
  const { field, choice, text } = condition;
  const { open } = resource;
  const column = findColumn(resource, field);
  const kind = column?.kind ?? 'text';
  const isOpen = open !== undefined && field.startsWith(open.prefix);
  const own = partPath(condition, path);
  const wrong = (member: string) =>
    problems
      .filter(({ field: at }) => at.startsWith(`${own}.${member}`))
      .map(({ message }) => message)
      .join('; ') || undefined;
  const columns = [
    ...resource.columns.map(({ name, label }) => ({ value: name, label })),
    ...(open ? [{ value: open.prefix, label: words.openColumn(open.label) }] : []),
  ];
  const known = isOpen || columns.some(({ value }) => value === field);
  const choices = choicesOf[kind].includes(choice) ? choicesOf[kind] : [...choicesOf[kind], choice];
  return (
    <fieldset className={classes.condition}>
      <legend className={classes.hidden}>{columnName(resource, field)}</legend>
      <div className={classes.field}>
        <NativeSelect
          aria-label={words.column}
          value={isOpen ? open.prefix : field}
          error={isOpen ? undefined : wrong('field')}
          onChange={({ currentTarget }) => onChange(movedTo(condition, currentTarget.value, resource))}
          data={known ? columns : [...columns, { value: field, label: field }]}
        />
        {isOpen && (
          <TextInput
            aria-label={words.openName}
            placeholder={words.openName}
            value={field.slice(open.prefix.length)}
            error={wrong('field')}
            onChange={({ currentTarget }) => onChange({ ...condition, field: open.prefix + currentTarget.value })}
          />
        )}
      </div>
      <NativeSelect
        aria-label={words.comparison}
        value={choice}
        error={wrong('op')}
        onChange={({ currentTarget }) => onChange(comparedBy(condition, currentTarget.value as Choice))}
        data={choices.map((each) => ({ value: each, label: choiceName(each, kind, say) }))}
      />
      {takesText(choice) ? (
        <ValueField
          kind={kind}
          values={column?.values}
          choice={choice}
          text={text}
          error={wrong('value')}
          onChange={(changed) => onChange({ ...condition, text: changed })}
        />
      ) : (
        <span />
      )}
      <RemoveButton label={words.removeCondition} onClick={onRemove} />
    </fieldset>
  );
}

/** The same comparison of another column, where it makes sense of it. */
function movedTo(condition: FormCondition, field: string, resource: RecordResource): FormCondition {
  const kindOf = (name: string) => findColumn(resource, name)?.kind ?? 'text';
  const kind = kindOf(field);
  const [usual = 'is'] = choicesOf[kind];
  const choice = choicesOf[kind].includes(condition.choice) ? condition.choice : usual;
  return { ...condition, field, choice, text: kind === kindOf(condition.field) ? condition.text : '' };
}

/** Another comparison with the same value; of several lines the first, where one is wanted. */
function comparedBy(condition: FormCondition, choice: Choice): FormCondition {
  const { text } = condition;
  return { ...condition, choice, text: isOfLines(choice) ? text : (text.split('\n')[0] ?? '') };
}
