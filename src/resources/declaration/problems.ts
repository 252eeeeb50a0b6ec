/** What is wrong with a declaration. */
export interface Problem {
  /** Where: a JSON pointer (RFC 6901); the whole of it is ``. */
  readonly pointer: string;
  /** What is wrong, as a sentence. */
  readonly message: string;
  /** What to do, as a sentence. */
  readonly advice: string;
}

/** More would not be read by anybody. */
const MOST = 200;

/** The problems of a declaration, as they are found. */
export class Problems {
  readonly list: Problem[] = [];
  /** What is legal, and most likely not meant. */
  readonly warnings: Problem[] = [];

  add(pointer: string, message: string, advice: string): undefined {
    if (this.list.length < MOST) this.list.push({ pointer, message, advice });
  }

  warn(pointer: string, message: string, advice: string): void {
    if (this.warnings.length < MOST) this.warnings.push({ pointer, message, advice });
  }
}

/** The pointer of a member or an entry. */
export function at(pointer: string, member: string | number): string {
  return `${pointer}/${String(member).replaceAll('~', '~0').replaceAll('/', '~1')}`;
}
