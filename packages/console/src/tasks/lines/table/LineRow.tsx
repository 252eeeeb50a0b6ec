import { Button, VisuallyHidden } from '@mantine/core';
import { IconAlertTriangle, IconArrowBackUp, IconArrowRight } from '@tabler/icons-react';
import { memo, type Ref } from 'react';
import { useSpeech } from '../../../say/language.tsx';
import { CellInput } from '../corrections/CellInput.tsx';
import { type Change, editableCells } from '../corrections/corrections.ts';
import classes from '../lines.module.css';
import type { Line } from '../queries.ts';
import { showCell } from './show-cell.ts';

/** What a cell shows of its text at most, in characters. */
const MOST = 300;

/** How lines are corrected where they stand. */
export interface Correcting {
  change(line: Line, change: Change): void;
  undo(line: Line): void;
}

interface Props {
  readonly ref: Ref<HTMLTableRowElement>;
  /** Among the lines that are loaded. */
  readonly index: number;
  readonly line: Line;
  /** Its cells as they were corrected. */
  readonly corrected: readonly string[] | undefined;
  readonly columns: number;
  readonly header: readonly string[];
  readonly reasons: boolean;
  readonly correcting: Correcting | undefined;
}

/** A line of the file: its number, why it was not applied, and its cells with the one at fault marked. */
export const LineRow = memo(function LineRow(props: Props) {
  const { ref, index, line, corrected, columns, header, reasons, correcting } = props;
  const { say, format } = useSpeech();
  const original = editableCells(line, header.length);
  const cells = corrected ?? original;
  const reasonId = `reason-${line.line}`;
  return (
    <tr ref={ref} data-index={index} aria-rowindex={index + 2} data-corrected={corrected !== undefined}>
      <th scope="row" className={classes.line}>
        {format.count(line.line)}
      </th>
      {reasons && (
        <td className={classes.why}>
          <Why line={line} id={reasonId} header={header} />
          {corrected && correcting && (
            <span className={classes.corrected}>
              {say.fixes.corrected}
              <Button
                variant="subtle"
                size="compact-xs"
                leftSection={<IconArrowBackUp size={14} aria-hidden />}
                aria-label={say.fixes.undoLine(format.count(line.line))}
                onClick={() => correcting.undo(line)}
              >
                {say.fixes.undo}
              </Button>
            </span>
          )}
        </td>
      )}
      {Array.from({ length: columns }, (_, at) => {
        const fault = at === line.columnIndex;
        const cell = cells[at];
        const name = header[at] ?? say.lines.beyond;
        return (
          // biome-ignore lint/suspicious/noArrayIndexKey: a column is its place
          <td key={at} data-fault={fault || undefined}>
            {fault && <Fault />}
            {correcting && cell !== undefined ? (
              <CellInput
                value={cell}
                changed={cell !== original[at]}
                fault={fault}
                label={say.fixes.cell(format.count(line.line), name)}
                describedBy={reasons ? reasonId : undefined}
                onChange={(value) => correcting.change(line, { index: at, value, width: header.length })}
              />
            ) : (
              <CellText text={cell} fault={fault} />
            )}
            {fault && correcting && (
              <span className={classes.cellReason} lang="en" aria-hidden>
                {line.reason}
              </span>
            )}
          </td>
        );
      })}
    </tr>
  );
});

/** Why, and where: the column is a way to its cell, which may be far to the right. */
function Why({ line, id, header }: { readonly line: Line; readonly id: string; readonly header: readonly string[] }) {
  const { say } = useSpeech();
  const { reason, columnIndex } = line;
  const name = columnIndex === undefined ? undefined : header[columnIndex];
  return (
    <>
      <span id={id} lang="en">
        {reason}
      </span>
      {name !== undefined && (
        <button
          type="button"
          className={classes.toCell}
          aria-label={say.lines.toCell(name)}
          onClick={({ currentTarget }) => goToFault(currentTarget)}
        >
          <IconArrowRight size={14} aria-hidden />
          <bdi>{name}</bdi>
        </button>
      )}
    </>
  );
}

function goToFault(button: HTMLElement): void {
  const cell = button.closest('tr')?.querySelector<HTMLElement>('[data-fault]');
  const region = button.closest<HTMLElement>('[role="region"]');
  if (!cell || !region) return;
  showCell(region, cell);
  cell.querySelector<HTMLElement>('input, textarea')?.focus({ preventScroll: true });
}

function Fault() {
  const { say } = useSpeech();
  return (
    <>
      <IconAlertTriangle className={classes.faultIcon} size={15} aria-hidden />
      <VisuallyHidden>{say.lines.atFault}</VisuallyHidden>
    </>
  );
}

function CellText({ text = '', fault }: { readonly text: string | undefined; readonly fault: boolean }) {
  const { say } = useSpeech();
  if (text === '') return fault ? <span className={classes.blank}>{say.lines.blank}</span> : null;
  return <span className={classes.text}>{text.length > MOST ? `${text.slice(0, MOST)}…` : text}</span>;
}
