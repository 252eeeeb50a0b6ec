/** What was looked for, and what was found. */
export interface Finding {
  /** A few words, such as `Node.js`. */
  readonly what: string;
  /** Whether it is there and can be used. */
  readonly ok: boolean;
  /** What was found, or what to do about it. */
  readonly found: string;
  /** What does not work without it; not given: nothing does. */
  readonly for?: string;
}

/** Prints findings, a line each. @returns the exit code: 1 when something is missing without which nothing works */
export function report(findings: readonly Finding[], print: (line: string) => void = console.log): 0 | 1 {
  const width = Math.max(...findings.map(({ what }) => what.length));
  for (const { what, ok, found, for: use } of findings) {
    const mark = ok ? 'ok      ' : use === undefined ? 'missing ' : 'optional';
    print(
      `${mark}  ${what.padEnd(width)}  ${found.replace(/\s*\n\s*/g, ' ')}${ok || use === undefined ? '' : ` Only needed for ${use}.`}`,
    );
  }
  return findings.some(({ ok, for: use }) => !ok && use === undefined) ? 1 : 0;
}
