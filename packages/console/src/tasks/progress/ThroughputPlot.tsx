import 'uplot/dist/uPlot.min.css';
import { useComputedColorScheme } from '@mantine/core';
import { useElementSize, useMergedRef } from '@mantine/hooks';
import { useEffect, useRef } from 'react';
import UPlot from 'uplot';
import { useSpeech } from '../../say/language.tsx';
import classes from '../tasks.module.css';
import { type Sample, throughputOf } from './meter.ts';

const HEIGHT = 180;
/** Between two marks, s: up to a minute, an hour, and days. */
const SECONDS = [
  1,
  2,
  5,
  10,
  15,
  30,
  ...[1, 2, 5, 10, 15, 30].map((n) => n * 60),
  ...[1, 2, 6, 12, 24, 72].map((n) => n * 3600),
];
/** Between two marks, lines per second. */
const LINES = Array.from({ length: 10 }, (_, power) => [1, 2, 5].map((n) => n * 10 ** power)).flat();

/** Lines per second since the page was opened; for who cannot see it, in words. */
export function ThroughputPlot({ samples }: { readonly samples: readonly Sample[] }) {
  const { say, format } = useSpeech();
  const colorScheme = useComputedColorScheme();
  const box = useRef<HTMLDivElement>(null);
  const { ref: measured, width } = useElementSize<HTMLDivElement>();
  const ref = useMergedRef(box, measured);
  const plot = useRef<UPlot>(null);
  const [times, rates] = throughputOf(samples);
  // biome-ignore lint/correctness/useExhaustiveDependencies: with the theme, the colours are others
  useEffect(() => {
    const target = box.current;
    if (!target || width === 0) return;
    plot.current = new UPlot(optionsOf(target, width, format), [[], []], target);
    return () => {
      plot.current?.destroy();
      plot.current = null;
    };
  }, [width, format, colorScheme]);
  useEffect(() => plot.current?.setData([times, rates]));
  const text = say.task.throughputAt(
    format.count(Math.round(rates.at(-1) ?? 0)),
    format.count(Math.round(rates.reduce((most, rate) => Math.max(most, rate), 0))),
  );
  return (
    <figure style={{ margin: 0 }}>
      <div ref={ref} className={classes.plot} role="img" aria-label={text} />
      <figcaption className={classes.help}>{say.task.throughputHelp}</figcaption>
    </figure>
  );
}

function optionsOf(
  target: HTMLElement,
  width: number,
  format: { count(value: number): string; duration(seconds: number): string },
) {
  const style = getComputedStyle(target);
  const text = style.getPropertyValue('--mantine-color-dimmed');
  const line = style.getPropertyValue('--plot');
  const grid = { stroke: style.getPropertyValue('--mantine-color-default-border'), width: 1 };
  const axis = { stroke: text, grid, ticks: grid };
  return {
    width,
    height: HEIGHT,
    legend: { show: false },
    cursor: { show: false },
    scales: {
      x: { time: false },
      y: { range: (_: UPlot, __: number, most: number): [number, number] => [0, Math.max(1, most * 1.1)] },
    },
    axes: [
      // Whole ones only: two marks that are written alike say nothing.
      {
        ...{ ...axis, incrs: SECONDS, space: 90 },
        values: (_: UPlot, marks: number[]) => marks.map((mark) => format.duration(mark)),
      },
      {
        ...{ ...axis, incrs: LINES, size: 70 },
        values: (_: UPlot, marks: number[]) => marks.map((mark) => format.count(mark)),
      },
    ],
    series: [{}, { stroke: line, width: 2, fill: `${line}22`, points: { show: false } }],
  } satisfies UPlot.Options;
}
