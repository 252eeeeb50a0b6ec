export const steps = ['file', 'columns', 'check'] as const;
export type Step = (typeof steps)[number];

/** Where in an import one is, as the address has it. What the file is and how it is imported stays in the page. */
export interface ImportSearch {
  /** The second or the third. */
  readonly step?: Step;
}

export function parseStep({ step }: Readonly<Record<string, unknown>>): ImportSearch {
  const known = steps.slice(1).find((each) => each === step);
  return known ? { step: known } : {};
}
