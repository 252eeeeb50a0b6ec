/** Where a text stops being JSON. */
export interface JsonFault {
  /** 0-based position in UTF-16 units. */
  readonly at: number;
  /** As the beginning of a clause: `a value is expected`. */
  readonly what: string;
}

const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const ESCAPE = /\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})/y;
const WORDS: readonly string[] = ['true', 'false', 'null'];

/**
 * Finds the first place at which a text is not JSON (RFC 8259), as `JSON.parse` finds it but does not always tell; `undefined`
 * when it is JSON. Of any depth: it does not recurse.
 */
export function findJsonFault(text: string): JsonFault | undefined {
  return new FaultFinder(text).find();
}

class FaultFinder {
  readonly #text: string;
  #at = 0;
  /** The ends of the arrays and objects that are open. */
  readonly #open: (']' | '}')[] = [];
  #fault: JsonFault | undefined;

  constructor(text: string) {
    this.#text = text;
  }

  find(): JsonFault | undefined {
    while (this.#value() && this.#afterValue());
    return this.#fault;
  }

  /** Takes a value, or the beginning of one that has values inside. */
  #value(): boolean {
    for (;;) {
      this.#skipSpace();
      const first = this.#text[this.#at];
      if (first === '{') {
        this.#at += 1;
        this.#open.push('}');
        if (this.#skipSpace() === '}') return true;
        if (!this.#name()) return false;
      } else if (first === '[') {
        this.#at += 1;
        this.#open.push(']');
        if (this.#skipSpace() === ']') return true;
      } else {
        return this.#scalar(first);
      }
    }
  }

  /** Goes behind the ends that follow and a comma, to where the next value begins. False: the text ends here, well or not. */
  #afterValue(): boolean {
    for (;;) {
      const next = this.#skipSpace();
      const end = this.#open.at(-1);
      if (end === undefined) return next === undefined ? false : this.#fail('the end of the text is expected');
      if (next === end) {
        this.#at += 1;
        this.#open.pop();
      } else if (next === ',') {
        this.#at += 1;
        return end === ']' || this.#name();
      } else {
        return this.#fail(`a comma or ${end} is expected`);
      }
    }
  }

  #name(): boolean {
    if (this.#skipSpace() !== '"') return this.#fail('a name in double quotes is expected');
    if (!this.#string()) return false;
    if (this.#skipSpace() !== ':') return this.#fail('a colon is expected');
    this.#at += 1;
    return true;
  }

  #scalar(first: string | undefined): boolean {
    if (first === '"') return this.#string();
    const word = WORDS.find((candidate) => this.#text.startsWith(candidate, this.#at));
    const length = word?.length ?? this.#matched(NUMBER);
    this.#at += length;
    return length > 0 || this.#fail('a value is expected');
  }

  #string(): boolean {
    const start = this.#at;
    for (this.#at += 1; this.#at < this.#text.length; ) {
      const unit = this.#text.charCodeAt(this.#at);
      if (unit === 0x22) {
        this.#at += 1;
        return true;
      }
      if (unit < 0x20) return this.#fail('a control character is not escaped');
      const length = unit === 0x5c ? this.#matched(ESCAPE) : 1;
      if (length === 0) return this.#fail('a backslash starts an invalid escape');
      this.#at += length;
    }
    this.#at = start;
    return this.#fail('a string is not closed');
  }

  /** @returns the character that it then stands on */
  #skipSpace(): string | undefined {
    while (/[ \t\n\r]/.test(this.#text[this.#at] ?? '')) this.#at += 1;
    return this.#text[this.#at];
  }

  #matched(pattern: RegExp): number {
    pattern.lastIndex = this.#at;
    return pattern.exec(this.#text)?.[0].length ?? 0;
  }

  #fail(what: string): false {
    this.#fault = { at: this.#at, what };
    return false;
  }
}
