import { NativeSelect, Radio, Textarea, TextInput } from '@mantine/core';
import { fromLocalTime, toLocalTime } from '../../criteria/local-time.ts';
import { useSpeech } from '../../say/language.tsx';
import classes from '../actions.module.css';
import {
  type ActionType,
  actionTypes,
  canEnd,
  needsReason,
  type OptionFault,
  type Options,
  type Unit,
  units,
} from './order.ts';

interface Props {
  readonly options: Options;
  readonly faults: readonly OptionFault[];
  onChange(change: Partial<Options>): void;
}

/** What is done, why, for how long, when, and with how many devices at most. */
export function OptionsForm({ options, faults, onChange }: Props) {
  const { say } = useSpeech();
  const words = say.jobs;
  const { type, reason, limit } = options;
  const wrong = (...kinds: readonly OptionFault[]) => {
    const fault = kinds.find((kind) => faults.includes(kind));
    return fault && words.faults[fault];
  };
  const help: Partial<Record<ActionType, string>> = words.typeHelp;
  return (
    <div className={classes.options}>
      <NativeSelect
        label={words.type}
        description={help[type]}
        value={type}
        onChange={({ currentTarget }) => onChange({ type: currentTarget.value as ActionType })}
        data={actionTypes.map((each) => ({ value: each, label: say.jobs.types[each] }))}
      />
      <Textarea
        label={words.reason}
        description={needsReason(type) ? words.reasonNeeded : words.reasonHelp}
        required={needsReason(type)}
        withAsterisk={needsReason(type)}
        rows={2}
        value={reason}
        error={wrong('reasonMissing', 'reasonLong')}
        onChange={({ currentTarget }) => onChange({ reason: currentTarget.value })}
      />
      {canEnd(type) && <DurationField options={options} error={wrong('amount', 'amountMuch')} onChange={onChange} />}
      <ScheduleField options={options} error={wrong('at')} onChange={onChange} />
      <TextInput
        label={words.limit}
        description={words.limitHelp}
        inputMode="numeric"
        value={limit}
        error={wrong('limit')}
        onChange={({ currentTarget }) => onChange({ limit: currentTarget.value })}
      />
    </div>
  );
}

interface FieldProps extends Pick<Props, 'options' | 'onChange'> {
  readonly error: string | undefined;
}

function DurationField({ options: { timed, amount, unit }, error, onChange }: FieldProps) {
  const { jobs: words } = useSpeech().say;
  return (
    <Radio.Group
      label={words.duration}
      value={timed ? 'timed' : 'good'}
      onChange={(value) => onChange({ timed: value === 'timed' })}
    >
      <div className={classes.radios}>
        <Radio value="good" label={words.forGood} />
        <Radio value="timed" label={words.forATime} description={words.forATimeHelp} />
        {timed && (
          <div className={classes.amount}>
            <TextInput
              aria-label={words.amount}
              inputMode="numeric"
              value={amount}
              error={error}
              onChange={({ currentTarget }) => onChange({ amount: currentTarget.value })}
            />
            <NativeSelect
              aria-label={words.unit}
              value={unit}
              onChange={({ currentTarget }) => onChange({ unit: currentTarget.value as Unit })}
              data={(Object.keys(units) as Unit[]).map((each) => ({ value: each, label: words.units[each] }))}
            />
          </div>
        )}
      </div>
    </Radio.Group>
  );
}

function ScheduleField({ options: { later, at }, error, onChange }: FieldProps) {
  const { jobs: words } = useSpeech().say;
  return (
    <Radio.Group
      label={words.schedule}
      value={later ? 'later' : 'now'}
      onChange={(value) => onChange({ later: value === 'later' })}
    >
      <div className={classes.radios}>
        <Radio value="now" label={words.now} />
        <Radio value="later" label={words.later} />
        {later && (
          <TextInput
            aria-label={words.at}
            type="datetime-local"
            max="9999-12-31T23:59"
            className={classes.amount ?? ''}
            value={toLocalTime(at) ?? ''}
            error={error}
            onChange={({ currentTarget }) => onChange({ at: fromLocalTime(currentTarget.value) })}
          />
        )}
      </div>
    </Radio.Group>
  );
}
