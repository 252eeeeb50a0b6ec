import { Button, NativeSelect } from '@mantine/core';
import type { Problem } from '@openbulk/client';
import { IconPlus } from '@tabler/icons-react';
import type { RecordResource } from '../catalogue/record-resource.ts';
import { useSpeech } from '../say/language.tsx';
import { ConditionFields } from './ConditionFields.tsx';
import classes from './criteria.module.css';
import { type FormGroup, type FormPart, inGroup, type Match, matches } from './form.ts';
import { RemoveButton } from './RemoveButton.tsx';

interface Props {
  readonly resource: RecordResource;
  readonly group: FormGroup;
  /** Where it is, as the server spells it. */
  readonly path: string;
  readonly problems: readonly Problem[];
  onChange(group: FormGroup): void;
  onRemove?(): void;
}

/** Several conditions, and how many of them must be true. */
export function GroupFields({ resource, group, path, problems, onChange, onRemove }: Props) {
  const { criteria: words } = useSpeech().say;
  const { parts, match } = group;
  const [first] = resource.columns;
  const replace = (index: number, part: FormPart) =>
    onChange({ ...group, parts: parts.map((each, at) => (at === index ? part : each)) });
  const remove = (index: number) => onChange({ ...group, parts: parts.filter((_, at) => at !== index) });
  const add = (part: FormPart) => onChange({ ...group, parts: [...parts, part] });
  const condition = { kind: 'condition', field: first?.name ?? '', choice: 'is', text: '' } as const;
  return (
    <fieldset className={classes.group}>
      <legend className={classes.hidden}>{words.group}</legend>
      {(parts.length > 1 || match !== 'all' || onRemove) && (
        <div className={classes.match}>
          <NativeSelect
            aria-label={words.match}
            value={match}
            onChange={({ currentTarget }) => onChange({ ...group, match: currentTarget.value as Match })}
            data={matches.map((each) => ({ value: each, label: words.matches[each] }))}
          />
          {onRemove && <RemoveButton label={words.removeGroup} onClick={onRemove} />}
        </div>
      )}
      {parts.length === 0 && <p className={classes.help}>{match === 'any' ? words.emptyAny : words.emptyAll}</p>}
      {parts.length > 0 && (
        <ul className={classes.parts}>
          {parts.map((part, index) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: a part is where it is, and has no other name
            <li key={index}>
              <PartFields
                resource={resource}
                part={part}
                path={inGroup(group, path, index)}
                problems={problems}
                onChange={(changed) => replace(index, changed)}
                onRemove={() => remove(index)}
              />
            </li>
          ))}
        </ul>
      )}
      <div className={classes.add}>
        <Button
          variant="default"
          size="xs"
          leftSection={<IconPlus size={14} aria-hidden />}
          onClick={() => add(condition)}
        >
          {words.addCondition}
        </Button>
        <Button variant="subtle" size="xs" onClick={() => add({ kind: 'group', match: 'any', parts: [condition] })}>
          {words.addGroup}
        </Button>
      </div>
    </fieldset>
  );
}

interface PartProps extends Omit<Props, 'group' | 'onChange' | 'onRemove'> {
  readonly part: FormPart;
  onChange(part: FormPart): void;
  onRemove(): void;
}

function PartFields({ part, ...rest }: PartProps) {
  const { criteria: words } = useSpeech().say;
  if (part.kind === 'group') return <GroupFields group={part} {...rest} />;
  if (part.kind === 'condition') return <ConditionFields condition={part} {...rest} />;
  return (
    <div className={classes.raw}>
      <div>
        <code>{JSON.stringify(part.criteria)}</code>
        <p className={classes.help}>{words.raw}</p>
      </div>
      <RemoveButton label={words.removeCondition} onClick={rest.onRemove} />
    </div>
  );
}
