import { Button } from '@mantine/core';
import { IconArrowBackUp } from '@tabler/icons-react';
import { Link } from '@tanstack/react-router';
import parts from '../../parts/parts.module.css';
import { useSpeech } from '../../say/language.tsx';
import { useMay } from '../../session.ts';
import classes from '../actions.module.css';
import type { Job } from '../queries.ts';
import { canTakeBack, takingBack } from './take-back.ts';

/** A link from an ended job to the action that undoes it. */
export function TakeBack({ organization, job }: { readonly organization: string; readonly job: Job }) {
  const { jobs: words } = useSpeech().say;
  const may = useMay('actions.bulk.job.create');
  if (!may || !canTakeBack(job)) return null;
  return (
    <section className={parts.card}>
      <h2>{words.takeBack}</h2>
      <p className={classes.help}>{job.action_duration > 0 ? words.takeBackTimed : words.takeBackHelp}</p>
      <Button
        variant="default"
        leftSection={<IconArrowBackUp size={16} aria-hidden />}
        renderRoot={(props) => (
          <Link
            to="/o/$organization/actions/new"
            params={{ organization }}
            search={takingBack(job, words.takenBack)}
            {...props}
          />
        )}
      >
        {words.takeBack}
      </Button>
    </section>
  );
}
