import { Button, FileButton } from '@mantine/core';
import type { TaskRef } from '@openbulk/client';
import { IconDownload, IconPencil, IconUpload } from '@tabler/icons-react';
import { Said } from '../../../parts/Failure.tsx';
import { useSpeech } from '../../../say/language.tsx';
import type { View } from '../../view.ts';
import { useFixes } from '../corrections/use-fixes.ts';
import classes from '../lines.module.css';
import { JumpToLine } from './JumpToLine.tsx';

interface Props {
  readonly reference: TaskRef;
  readonly view: View;
  /** Whether there are more than one scrolls through. */
  readonly long: boolean;
  /** Begins to correct them here; not given, they cannot be corrected now. */
  readonly onEdit: (() => void) | undefined;
}

/** The ways to correct lines: here, or in a spreadsheet and back; and the way to a line far below. */
export function LineTools({ reference, view, long, onEdit }: Props) {
  const { fixes } = useSpeech().say;
  const send = useFixes(reference);
  const { organization, id } = reference;
  const report = `/v1/organizations/${encodeURIComponent(organization)}/bulk-tasks/${id}/report?format=csv&outcome=errored&excel=true`;
  return (
    <>
      {onEdit && <p className={classes.help}>{fixes.help}</p>}
      <div className={classes.tools}>
        {onEdit && (
          <>
            <Button leftSection={<IconPencil size={16} aria-hidden />} onClick={onEdit}>
              {fixes.here}
            </Button>
            <Button
              variant="default"
              component="a"
              href={report}
              download
              leftSection={<IconDownload size={16} aria-hidden />}
            >
              {fixes.download}
            </Button>
            <FileButton accept=".csv,text/csv" onChange={(file) => file && send.mutate({ report: file })}>
              {(props) => (
                <Button
                  {...props}
                  variant="default"
                  loading={send.isPending}
                  leftSection={<IconUpload size={16} aria-hidden />}
                >
                  {fixes.upload}
                </Button>
              )}
            </FileButton>
          </>
        )}
        {long && <JumpToLine view={view} />}
      </div>
      {send.isError && <Refused error={send.error} />}
    </>
  );
}

/** Why corrections were not taken. Nothing was changed by them. */
export function Refused({ error }: { readonly error: unknown }) {
  const { fixes } = useSpeech().say;
  return (
    <div className={classes.refused} role="alert">
      <strong>{fixes.refused}</strong>
      <Said error={error} />
    </div>
  );
}
