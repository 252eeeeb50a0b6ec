import type { Key } from '../../resources/resource.ts';
import { comparable, foldedCase, visible } from '../../task/text/visible.ts';

/** What is done to a value of a key before keys are compared (docs/keys-and-values.md). */
export function normaliserOf({ caseInsensitive, normalise }: Key): (value: string) => string {
  if (!normalise) return caseInsensitive ? foldedCase : comparable;
  const steps = [
    normalise.includes('trim') && visible,
    normalise.includes('lowerCase') && ((value: string) => value.toLowerCase()),
    normalise.includes('nfc') && ((value: string) => value.normalize('NFC')),
  ].filter((step) => step !== false);
  return (value) => steps.reduce((text, step) => step(text), value);
}
