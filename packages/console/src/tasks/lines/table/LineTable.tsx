import { useVirtualizer } from '@tanstack/react-virtual';
import { useEffect, useMemo, useRef } from 'react';
import { useSpeech } from '../../../say/language.tsx';
import type { Corrector } from '../corrections/use-corrections.ts';
import classes from '../lines.module.css';
import type { Line } from '../queries.ts';
import { columnWidths } from './column-widths.ts';
import { LineRow } from './LineRow.tsx';
import { showCell } from './show-cell.ts';

/** Rows beyond those that can be seen, and how long before the end the next page is asked for. */
const OVERSCAN = 8;
const AHEAD = 60;
/** px, before a row has been measured. */
const ROW = 44;

interface Props {
  readonly header: readonly string[];
  readonly lines: readonly Line[];
  /** How many there are, loaded or not; not known: -1. */
  readonly total: number;
  readonly label: string;
  /** Whether each line has its own reason. */
  readonly reasons: boolean;
  /** Shown first, where not all columns have room. */
  readonly column: string | undefined;
  /** How cells are corrected; not given, they are only shown. */
  readonly corrector: Corrector | undefined;
  /** The last rows are near. */
  onNearEnd(): void;
}

/** Lines in the columns of their file. However many there are, only those are in the page that can be seen. */
export function LineTable(props: Props) {
  const { header, lines, total, label, reasons, column, corrector, onNearEnd } = props;
  const { say } = useSpeech();
  const region = useRef<HTMLDivElement>(null);
  const virtual = useVirtualizer({
    count: lines.length,
    getScrollElement: () => region.current,
    estimateSize: () => ROW,
    getItemKey: (index) => lines[index]?.line ?? index,
    overscan: OVERSCAN,
  });
  const rows = virtual.getVirtualItems();
  const last = rows.at(-1)?.index ?? 0;
  useEffect(() => {
    if (last >= lines.length - AHEAD) onNearEnd();
  }, [last, lines.length, onNearEnd]);
  useColumnInView(region, column === undefined ? undefined : lines[0]?.columnIndex);
  // Of the first page: they stay as they are when more lines come.
  const sample = lines.slice(0, 100);
  const use = corrector ? 'corrected' : 'shown';
  const key = `${header.length} ${sample[0]?.line} ${use}`;
  // biome-ignore lint/correctness/useExhaustiveDependencies: the key stands for the sample
  const widths = useMemo(() => columnWidths({ header, beyond: say.lines.beyond, use }, sample), [key]);
  const characters = widths.reduce((sum, width) => sum + width, 0);
  const width = `calc(var(--line-width)${reasons ? ' + var(--why-width)' : ''} + ${characters}ch)`;
  const above = rows[0]?.start ?? 0;
  const below = virtual.getTotalSize() - (rows.at(-1)?.end ?? 0);
  return (
    // biome-ignore lint/a11y/useSemanticElements: a section would be one as well, but this is what scrolls
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be scrollable by keyboard
    <div ref={region} className={classes.region} role="region" tabIndex={0} aria-label={label} data-reasons={reasons}>
      <table className={classes.table} aria-rowcount={total < 0 ? -1 : total + 1} style={{ width }}>
        <colgroup>
          <col className={classes.lineColumn} />
          {reasons && <col className={classes.whyColumn} />}
          {/* The last one has what is left over, so that those before it are where they should be. */}
          {widths.map((each, index) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: a column is its place
            <col key={index} style={index === widths.length - 1 ? {} : { width: `${each}ch` }} />
          ))}
        </colgroup>
        <thead>
          <tr aria-rowindex={1}>
            <th scope="col" className={classes.line}>
              {say.task.line}
            </th>
            {reasons && (
              <th scope="col" className={classes.why}>
                {say.task.reason}
              </th>
            )}
            {widths.map((_, index) => (
              // biome-ignore lint/suspicious/noArrayIndexKey: a column is its place
              <th key={index} scope="col" data-index={index}>
                <bdi>{header[index] ?? say.lines.beyond}</bdi>
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {above > 0 && <Gap height={above} />}
          {rows.map(({ index, key }) => {
            const line = lines[index];
            return (
              line && (
                <LineRow
                  key={String(key)}
                  ref={virtual.measureElement}
                  index={index}
                  line={line}
                  corrected={corrector?.corrections.get(line.line)}
                  columns={widths.length}
                  header={header}
                  reasons={reasons}
                  correcting={corrector?.correcting}
                />
              )
            );
          })}
          {below > 0 && <Gap height={below} />}
        </tbody>
      </table>
    </div>
  );
}

/** In place of the rows that cannot be seen. */
function Gap({ height }: { readonly height: number }) {
  return (
    <tr aria-hidden className={classes.gap}>
      <td style={{ height }} />
    </tr>
  );
}

/** Scrolls a column into view when its lines are chosen. */
function useColumnInView(region: { readonly current: HTMLElement | null }, index: number | undefined): void {
  useEffect(() => {
    const box = region.current;
    const cell = index === undefined ? null : box?.querySelector<HTMLElement>(`th[data-index="${index}"]`);
    if (box && cell) showCell(box, cell);
  }, [region, index]);
}
