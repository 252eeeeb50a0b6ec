import type { TaskState } from '@openbulk/client';
import { isOver } from '@openbulk/client';
import { useInfiniteQuery } from '@tanstack/react-query';
import { useCallback, useEffect, useRef } from 'react';
import { Failure } from '../../../parts/Failure.tsx';
import { Loading } from '../../../parts/Loading.tsx';
import { useSpeech } from '../../../say/language.tsx';
import type { View } from '../../view.ts';
import type { Corrector } from '../corrections/use-corrections.ts';
import { Filtered } from '../Filtered.tsx';
import { linesQuery } from '../queries.ts';
import { LineTable } from './LineTable.tsx';
import { LineTools } from './LineTools.tsx';
import { LoadedLines } from './LoadedLines.tsx';

interface Props {
  readonly organization: string;
  readonly task: TaskState;
  readonly view: View;
  /** Lines of this view in all; not known from the middle of the file on. */
  readonly total: number | undefined;
  /** How its corrections stand. */
  readonly fixes: string;
  /** How they are corrected, if they can be. */
  readonly corrector: Corrector | undefined;
}

/** The lines that were not applied, in the columns of the file; those with errors can be corrected and sent again. */
export function Lines({ organization, task, view, total, fixes, corrector }: Props) {
  const { say } = useSpeech();
  const ref = { organization, id: task.id };
  const query = useInfiniteQuery(linesQuery(ref, view, { total, fixes }));
  const { data, error, refetch, hasNextPage, isFetching, isFetchNextPageError, fetchNextPage } = query;
  const header = data?.pages[0]?.header ?? [];
  const lines = data?.pages.flatMap((page) => page.lines) ?? [];
  const skipped = view.show === 'skipped';
  const onNearEnd = useCallback(() => {
    if (hasNextPage && !isFetching && !isFetchNextPageError) fetchNextPage();
  }, [hasNextPage, isFetching, isFetchNextPageError, fetchNextPage]);
  const section = useFocusOnChoice(view);
  return (
    <div ref={section} tabIndex={-1}>
      <Filtered view={view} mapping={task.config.mapping} />
      <LineTools
        reference={ref}
        view={view}
        long={isOver(task) && (total === undefined || total > lines.length)}
        onEdit={corrector?.editing === false && lines.length > 0 ? corrector.start : undefined}
      />
      {!data && (error ? <Failure error={error} onRetry={refetch} /> : <Loading />)}
      {data && lines.length === 0 && <p>{fixes && !skipped ? say.lines.noneLeft : say.lines.none}</p>}
      {lines.length > 0 && (
        <>
          <LineTable
            // What is measured and scrolled of one choice of lines is not of another.
            key={JSON.stringify(view)}
            header={header}
            lines={lines}
            total={total ?? -1}
            label={skipped ? say.lines.skipped : say.lines.errored}
            reasons={!skipped}
            column={view.column}
            corrector={corrector?.editing ? corrector : undefined}
            onNearEnd={onNearEnd}
          />
          <LoadedLines
            loaded={lines.length}
            total={total}
            failed={isFetchNextPageError}
            more={hasNextPage}
            onRetry={fetchNextPage}
          />
        </>
      )}
    </div>
  );
}

/** Who chose a cause is brought to its lines; not who comes by an address that has one. */
function useFocusOnChoice({ code, column }: View) {
  const section = useRef<HTMLDivElement>(null);
  const choice = `${code} ${column}`;
  const before = useRef(choice);
  useEffect(() => {
    if (before.current !== choice) section.current?.focus();
    before.current = choice;
  }, [choice]);
  return section;
}
