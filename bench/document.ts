/**
 * `npm run bench:document`: puts what the benches found into `docs/performance.md`, between the marks `<!-- name -->` and
 * `<!-- /name -->`, and draws `docs/performance.svg`.
 */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { Point } from './scale.ts';
import { plot } from './support/plot.ts';
import { median, RESULTS, type Report, toTable } from './support/report.ts';

const DOCS = join(import.meta.dirname, '../docs');

function read(name: string): Report {
  return JSON.parse(readFileSync(join(RESULTS, `${name}.json`), 'utf8')) as Report;
}

/** The figures, and on what they were measured. */
function section(name: string): string {
  const { machine, results } = read(name);
  const circumstances = Object.entries(machine)
    .map(([key, value]) => `${key} ${typeof value === 'object' ? JSON.stringify(value) : value}`)
    .join(', ');
  return `${toTable(results)}\n\n${circumstances}`;
}

function drawScale(): string {
  const { points } = read('scale').details as { points: readonly Point[] };
  const memory = (process: string) => points.map((point) => ({ x: point.rows, y: point.memory[process] as number }));
  return plot(
    [
      {
        title: 'From sending the file to the end of its task',
        ticks: [0.01, 0.1, 1, 10, 100, 1_000],
        unit: 's',
        series: [
          {
            name: 'median',
            color: '#1c7ed6',
            points: points.map(({ rows, seconds }) => ({ x: rows, y: median(seconds) })),
          },
        ],
      },
      {
        title: 'Greatest resident memory',
        ticks: [50, 100, 200, 400],
        unit: 'MB',
        series: [
          { name: 'openbulk serve', color: '#1c7ed6', points: memory('serve') },
          { name: 'openbulk work', color: '#e8590c', points: memory('work') },
        ],
      },
    ],
    points.map(({ rows }) => rows),
    'rows of the file',
  );
}

const path = join(DOCS, 'performance.md');
let text = readFileSync(path, 'utf8');
for (const name of readdirSync(RESULTS).map((file) => basename(file, '.json'))) {
  const marked = new RegExp(`(<!-- ${name} -->\\n)[^]*?(<!-- /${name} -->)`);
  if (!marked.test(text)) throw new Error(`${path} has no place for ${name}`);
  text = text.replace(marked, (_, start, end) => `${start}${section(name)}\n${end}`);
}
writeFileSync(path, text);
writeFileSync(join(DOCS, 'performance.svg'), drawScale());
