import { useState } from 'react';
import { useSummaries } from '../../catalogue/queries.ts';
import parts from '../../parts/parts.module.css';
import { useSpeech } from '../../say/language.tsx';
import type { Plan } from '../queries.ts';
import classes from '../resources.module.css';
import { Editor } from './Editor.tsx';
import { type ResourceDraft, toDeclaration } from './edit.ts';
import { PlanCard } from './PlanCard.tsx';
import { findGaps, placeProblems } from './problems.ts';
import { usePlan } from './use-plan.ts';

interface Props {
  readonly organization: string;
  readonly draft: ResourceDraft;
  /** What applying does, on its button. */
  readonly apply: string;
  onChange(draft: ResourceDraft): void;
  onApplied(plan: Plan): void;
}

/** A declaration is corrected, its plan is looked at, and applied. */
export function Desk({ organization, draft, apply, onChange, onApplied }: Props) {
  const { say } = useSpeech();
  const words = say.resources;
  const names = useSummaries().map(({ name }) => name);
  const [tried, setTried] = useState(false);
  const declaration = toDeclaration(draft);
  const state = usePlan(organization, declaration, onApplied);
  const gaps = tried ? findGaps(draft, draft.source.kind === 'resource' ? [] : names, say) : [];
  const problems = placeProblems(gaps.length > 0 ? gaps : state.problems, draft);
  const { schema = 'public', table } = declaration.openbulk ?? {};
  const plan = () => {
    setTried(true);
    if (findGaps(draft, draft.source.kind === 'resource' ? [] : names, say).length === 0) state.make();
  };
  return (
    <>
      {draft.remarks.length > 0 && (
        <section className={parts.card}>
          <h2>{words.remarks}</h2>
          <ul lang="en" className={classes.remarks}>
            {draft.remarks.map((remark) => (
              <li key={remark}>{remark}</li>
            ))}
          </ul>
        </section>
      )}
      <Editor draft={draft} problems={problems} onChange={onChange} />
      {problems.rest.length > 0 && (
        <section className={classes.refused} role="alert">
          <h2>{words.refused}</h2>
          <ul lang="en">
            {problems.rest.map(({ field, message }) => (
              <li key={`${field} ${message}`}>
                <code>{field.replace(/^declaration\/?/, '')}</code> {message}
              </li>
            ))}
          </ul>
        </section>
      )}
      <PlanCard
        state={state}
        fields={draft.fields.length}
        adopts={table === undefined ? undefined : `${schema}.${table}`}
        wanting={gaps.length > 0}
        apply={apply}
        onPlan={plan}
      />
    </>
  );
}
