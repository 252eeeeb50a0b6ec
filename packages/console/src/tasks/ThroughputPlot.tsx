import 'uplot/dist/uPlot.min.css';
import { useComputedColorScheme } from '@mantine/core';
import { useElementSize, useMergedRef } from '@mantine/hooks';
import { useEffect, useRef } from 'react';
import UPlot from 'uplot';
import { useSpeech } from '../say/language.tsx';
import { type Sample, throughputOf } from './meter.ts';
import classes from './tasks.module.css';

const HEIGHT = 180;

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
      { ...axis, values: (_: UPlot, marks: number[]) => marks.map((mark) => format.duration(mark)), space: 90 },
      { ...axis, values: (_: UPlot, marks: number[]) => marks.map((mark) => format.count(mark)), size: 70 },
    ],
    series: [{}, { stroke: line, width: 2, fill: `${line}22`, points: { show: false } }],
  } satisfies UPlot.Options;
}
