import { en, type Messages } from '../../say/en.ts';
import type { Cause } from './queries.ts';

/** What is wrong, in words; a code that a newer server knows is called as it calls it. */
export function causeName({ code }: Pick<Cause, 'code'>, say: Messages): string {
  return isKnown(code) ? say.causes.codes[code] : code;
}

function isKnown(code: string): code is keyof Messages['causes']['codes'] {
  return Object.hasOwn(en.causes.codes, code);
}
