export const steps = ['file', 'columns', 'check'] as const;
export type Step = (typeof steps)[number];

/** Where in an import one is, as the address has it. What the file is and how it is imported stays in the page. */
export interface ImportSearch {
  /** The second or the third. */
  readonly step?: Step;
  /** What a file is imported as, until something else is known of it. */
  readonly action?: string;
}

export function parseStep({ step, action }: Readonly<Record<string, unknown>>): ImportSearch {
  const known = steps.slice(1).find((each) => each === step);
  const wanted = typeof action === 'string' && /^import-[a-z0-9-]+$/.test(action);
  return { ...(known && { step: known }), ...(wanted && { action }) };
}
