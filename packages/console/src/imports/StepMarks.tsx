import { useSpeech } from '../say/language.tsx';
import classes from './imports.module.css';
import { type Step, steps } from './steps.ts';

interface Props {
  readonly step: Step;
  onGo(step: Step): void;
}

/** Which step this is; those before it are the way back. */
export function StepMarks({ step, onGo }: Props) {
  const { imports: words } = useSpeech().say;
  const now = steps.indexOf(step);
  return (
    <ol className={classes.steps} aria-label={words.stepsLabel}>
      {steps.map((each, index) => (
        <li key={each} aria-current={each === step ? 'step' : undefined} data-done={index < now}>
          <span className={classes.stepNumber} aria-hidden>
            {index + 1}
          </span>
          {index < now ? (
            <button type="button" onClick={() => onGo(each)}>
              {words.steps[each]}
            </button>
          ) : (
            words.steps[each]
          )}
        </li>
      ))}
    </ol>
  );
}
