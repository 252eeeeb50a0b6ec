import { Button, Checkbox, Group, Modal } from '@mantine/core';
import { useState } from 'react';
import { Said } from '../../parts/Failure.tsx';
import parts from '../../parts/parts.module.css';
import { useSpeech } from '../../say/language.tsx';
import type { Plan } from '../queries.ts';
import classes from '../resources.module.css';
import type { PlanState } from './use-plan.ts';

interface Props {
  readonly state: PlanState;
  /** Of the fields of the declaration. */
  readonly fields: number;
  /** The table that is adopted. */
  readonly adopts: string | undefined;
  /** Something that was filled in is not as it must be. */
  readonly wanting: boolean;
  /** What applying does, on its button. */
  readonly apply: string;
  onPlan(): void;
}

/** What would happen, and then the way to have it happen. */
export function PlanCard({ state, fields, adopts, wanting, apply, onPlan }: Props) {
  const { say } = useSpeech();
  const words = say.resources;
  const [asking, setAsking] = useState(false);
  const { plan, outdated, error, problems } = state;
  const losses = plan?.losses.filter(({ records }) => records > 0) ?? [];
  return (
    <section className={parts.card}>
      <h2>{words.plan}</h2>
      {!plan && <p className={classes.help}>{outdated ? words.outdated : words.planHelp}</p>}
      {plan && <Planned plan={plan} fields={fields} adopts={adopts} />}
      {error && <Said error={error} />}
      <div role="status">{(wanting || problems.length > 0) && <p className={classes.wrong}>{words.wanting}</p>}</div>
      <div className={classes.buttons}>
        <Button
          variant={plan && plan.action !== 'none' ? 'default' : 'filled'}
          loading={state.planning}
          onClick={onPlan}
        >
          {plan ? words.planAgain : words.makePlan}
        </Button>
        {plan && plan.action !== 'none' && (
          <Button
            color={losses.length > 0 ? 'red' : 'blue'}
            loading={state.applying}
            onClick={() => (losses.length > 0 ? setAsking(true) : state.apply(false))}
          >
            {apply}
          </Button>
        )}
      </div>
      <ConfirmLosses
        opened={asking}
        losses={losses}
        yes={apply}
        onYes={() => {
          setAsking(false);
          state.apply(true);
        }}
        onNo={() => setAsking(false)}
      />
    </section>
  );
}

interface PlannedProps extends Pick<Props, 'fields' | 'adopts'> {
  readonly plan: Plan;
}

function Planned({ plan, fields, adopts }: PlannedProps) {
  const { say, format } = useSpeech();
  const words = say.resources;
  const { name, action, statements, losses } = plan;
  const remarks = [...plan.remarks, ...plan.warnings.map(({ field, problem }) => `${placeIn(field)} ${problem}`)];
  const count = format.count(fields);
  const what =
    action === 'none'
      ? words.changesNothing
      : action === 'change'
        ? statements.length > 0
          ? words.changesTable(name)
          : words.changesDeclaration(name)
        : adopts === undefined
          ? words.creates(name, count)
          : words.adopts(name, adopts);
  const lost = losses.filter(({ records }) => records > 0);
  return (
    <div role="status" className={classes.planned}>
      <p>
        <strong>{what}</strong>
      </p>
      {lost.length > 0 && <Losses losses={lost} />}
      {remarks.length > 0 && (
        <ul lang="en" className={classes.remarks}>
          {remarks.map((remark) => (
            <li key={remark}>{remark}</li>
          ))}
        </ul>
      )}
      {statements.length > 0 && (
        <details className={classes.more}>
          <summary>{words.sql}</summary>
          {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be scrollable by keyboard */}
          <pre tabIndex={0} className={classes.code}>
            {statements.map((statement) => `${statement};\n`)}
          </pre>
        </details>
      )}
    </div>
  );
}

/** The place of a warning, as a person finds it in the JSON. */
function placeIn(field: string): string {
  return `${field.replace(/^declaration\/?/, '')}:`;
}

function Losses({ losses }: Pick<Plan, 'losses'>) {
  const { say, format } = useSpeech();
  return (
    <ul className={classes.losses}>
      {losses.map(({ column, records }) => (
        <li key={column}>{say.resources.loses(format.count(records), column, records === 1)}</li>
      ))}
    </ul>
  );
}

interface ConfirmProps extends Pick<Plan, 'losses'> {
  readonly opened: boolean;
  readonly yes: string;
  onYes(): void;
  onNo(): void;
}

/** Values are removed only by who has said so, and knows how many. */
function ConfirmLosses({ opened, losses, yes, onYes, onNo }: ConfirmProps) {
  const { say, format } = useSpeech();
  const words = say.resources;
  const [sure, setSure] = useState(false);
  const total = losses.reduce((sum, { records }) => sum + records, 0);
  const close = () => {
    setSure(false);
    onNo();
  };
  return (
    <Modal opened={opened} onClose={close} title={words.lossTitle} closeButtonProps={{ 'aria-label': say.close }}>
      <Losses losses={losses} />
      <p>{words.lossHelp}</p>
      <Checkbox
        mt="md"
        label={words.lossSure(format.count(total), total === 1)}
        checked={sure}
        onChange={({ currentTarget }) => setSure(currentTarget.checked)}
      />
      <Group justify="flex-end" mt="lg">
        <Button variant="default" onClick={close} data-autofocus>
          {words.keepValues}
        </Button>
        <Button
          color="red"
          disabled={!sure}
          onClick={() => {
            setSure(false);
            onYes();
          }}
        >
          {yes}
        </Button>
      </Group>
    </Modal>
  );
}
