/** One line of a plot. */
export interface Series {
  readonly name: string;
  /** Both positive: the axes are logarithmic. */
  readonly points: readonly { readonly x: number; readonly y: number }[];
  readonly color: string;
}

export interface Panel {
  readonly title: string;
  /** Values of the vertical axis, ascending; the first and the last are its ends. */
  readonly ticks: readonly number[];
  readonly unit: string;
  readonly series: readonly Series[];
}

const WIDTH = 420;
const HEIGHT = 300;
const MARGIN = { left: 64, right: 24, top: 36, bottom: 64 };

/** Panels side by side over the same horizontal axis, as an SVG. */
export function plot(panels: readonly Panel[], xTicks: readonly number[], xTitle: string): string {
  const width = WIDTH * panels.length;
  const drawn = panels.map((panel, i) => `<g transform="translate(${i * WIDTH} 0)">${draw(panel, xTicks, xTitle)}</g>`);
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${HEIGHT}" font-family="system-ui, sans-serif" font-size="12">
<title>${panels.map(({ title }) => title).join('; ')}</title>
<rect width="${width}" height="${HEIGHT}" fill="#fff"/>
${drawn.join('\n')}
</svg>
`;
}

function draw({ title, ticks, unit, series }: Panel, xTicks: readonly number[], xTitle: string): string {
  const [left, right] = [MARGIN.left, WIDTH - MARGIN.right];
  const [top, bottom] = [MARGIN.top, HEIGHT - MARGIN.bottom];
  const x = scale(xTicks, left, right);
  const y = scale(ticks, bottom, top);
  const parts = [`<text x="${left}" y="20" font-weight="600">${title}</text>`];
  for (const tick of ticks)
    parts.push(
      `<line x1="${left}" x2="${right}" y1="${y(tick)}" y2="${y(tick)}" stroke="#ddd"/>`,
      `<text x="${left - 8}" y="${y(tick) + 4}" text-anchor="end">${short(tick)} ${unit}</text>`,
    );
  for (const tick of xTicks)
    parts.push(`<text x="${x(tick)}" y="${bottom + 18}" text-anchor="middle">${short(tick)}</text>`);
  parts.push(`<text x="${(left + right) / 2}" y="${bottom + 36}" text-anchor="middle">${xTitle}</text>`);
  for (const [i, { name, points, color }] of series.entries()) {
    const at = points.map((point) => `${x(point.x)},${y(point.y)}`);
    parts.push(
      `<polyline points="${at.join(' ')}" fill="none" stroke="${color}" stroke-width="2"/>`,
      ...points.map((point) => `<circle cx="${x(point.x)}" cy="${y(point.y)}" r="3" fill="${color}"/>`),
      `<text x="${left + i * 120}" y="${HEIGHT - 8}" fill="${color}">● ${name}</text>`,
    );
  }
  return parts.join('\n');
}

/** Logarithmic, from the first to the last tick. */
function scale(ticks: readonly number[], from: number, to: number): (value: number) => number {
  const [least, most] = [Math.log(ticks[0] as number), Math.log(ticks.at(-1) as number)];
  return (value) => Number((from + ((Math.log(value) - least) / (most - least)) * (to - from)).toFixed(1));
}

function short(value: number): string {
  return new Intl.NumberFormat('en', { notation: 'compact', maximumSignificantDigits: 3 }).format(value);
}
