import { Button } from '@mantine/core';
import type { TaskRef } from '@openbulk/client';
import { useBlocker } from '@tanstack/react-router';
import { useState } from 'react';
import { Confirm } from '../../../parts/Confirm.tsx';
import { useSpeech } from '../../../say/language.tsx';
import classes from '../lines.module.css';
import { Refused } from '../table/LineTools.tsx';
import { rowsOf } from './corrections.ts';
import type { Corrector } from './use-corrections.ts';
import { useFixes } from './use-fixes.ts';

interface Props {
  readonly reference: TaskRef;
  readonly corrector: Corrector;
  readonly dryRun: boolean;
}

/** How many lines are corrected, and the way to send them. Who leaves with some that were not sent is asked. */
export function CorrectionBar({ reference, corrector, dryRun }: Props) {
  const { say, format } = useSpeech();
  const words = say.fixes;
  const { corrections, width, stop } = corrector;
  const send = useFixes(reference);
  const [stopping, setStopping] = useState(false);
  const { size } = corrections;
  const count = format.count(size);
  const leaving = useBlocker({
    // Another choice of lines on this page leaves nothing behind.
    shouldBlockFn: ({ current, next }) => size > 0 && current.pathname !== next.pathname,
    enableBeforeUnload: () => size > 0,
    withResolver: true,
  });
  const blocked = leaving.status === 'blocked';
  return (
    <>
      {send.isError && <Refused error={send.error} />}
      <section className={classes.bar} aria-label={words.title}>
        <span className={classes.barCount} role="status">
          {size === 0 ? words.nothing : words.count(count, size === 1)}
        </span>
        <Button variant="default" onClick={() => (size > 0 ? setStopping(true) : stop())}>
          {size > 0 ? words.discard : words.stop}
        </Button>
        <Button
          disabled={size === 0}
          loading={send.isPending}
          onClick={() => send.mutate({ rows: rowsOf(corrections, width) })}
        >
          {dryRun ? words.sendDry : words.send}
        </Button>
      </section>
      <Confirm
        opened={blocked || stopping}
        title={words.leaveTitle}
        yes={words.leave}
        no={words.stay}
        busy={false}
        onYes={() => (blocked ? leaving.proceed() : stop())}
        onNo={() => (blocked ? leaving.reset() : setStopping(false))}
      >
        {words.leaveHelp(count, size === 1)}
      </Confirm>
    </>
  );
}
