import { Button } from '@mantine/core';
import { useState } from 'react';
import parts from '../../parts/parts.module.css';
import { useSpeech } from '../../say/language.tsx';
import classes from '../tasks.module.css';

/** Warnings that are shown at first. */
const FEW = 3;

/** Things in the file that are probably mistakes. */
export function Warnings({ warnings = [] }: { readonly warnings: readonly string[] | undefined }) {
  const { say, format } = useSpeech();
  const [all, setAll] = useState(false);
  if (warnings.length === 0) return null;
  const shown = all || warnings.length <= FEW + 1 ? warnings : warnings.slice(0, FEW);
  return (
    <section className={parts.card}>
      <h2>{say.task.warnings}</h2>
      <ul className={classes.pairs} lang="en">
        {shown.map((warning) => (
          <li key={warning}>{warning}</li>
        ))}
      </ul>
      {shown.length < warnings.length && (
        <Button variant="default" size="xs" mt="sm" onClick={() => setAll(true)}>
          {say.task.allWarnings(format.count(warnings.length))}
        </Button>
      )}
    </section>
  );
}
