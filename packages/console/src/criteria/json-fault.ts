const TOKEN =
  /[ \t\n\r]*(?:([{}[\],:])|("(?:[^"\\\p{Cc}]|[\x7f-\x9f]|\\(?:["\\/bfnrt]|u[\da-fA-F]{4}))*")|(-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null)(?!\w))/uy;

/** What may come next. */
type Next = 'value' | 'valueOrEnd' | 'name' | 'nameOrEnd' | 'colon' | 'commaOrEnd' | 'end';

/** Where a text stops being JSON, from 1; browsers that tell it at all tell it each in its own way. */
export function findJsonFault(text: string): { readonly line: number; readonly column: number } {
  const before = text.slice(0, faultAt(text)).split('\n');
  return { line: before.length, column: (before.at(-1) ?? '').length + 1 };
}

function faultAt(text: string): number {
  const open: string[] = [];
  const after = (): Next => (open.length === 0 ? 'end' : 'commaOrEnd');
  let next: Next = 'value';
  let at = 0;
  for (;;) {
    TOKEN.lastIndex = at;
    const [whole = '', sign = '', string] = TOKEN.exec(text) ?? [];
    const following: Next | undefined = whole === '' ? undefined : step(next, sign, string !== undefined, open, after);
    if (!following) return at + (/^[ \t\n\r]*/.exec(text.slice(at))?.[0].length ?? 0);
    next = following;
    at += whole.length;
  }
}

/** What may come after a token; nothing if it may not come itself. */
function step(next: Next, sign: string, isString: boolean, open: string[], after: () => Next): Next | undefined {
  const inObject = open.at(-1) === '{';
  const mayEnd = next === 'valueOrEnd' || next === 'nameOrEnd' || next === 'commaOrEnd';
  if (sign === (inObject ? '}' : ']') && open.length > 0 && mayEnd) {
    open.pop();
    return after();
  }
  if (next === 'colon') return sign === ':' ? 'value' : undefined;
  if (next === 'commaOrEnd') return sign === ',' ? (inObject ? 'name' : 'value') : undefined;
  if (next === 'name' || next === 'nameOrEnd') return isString ? 'colon' : undefined;
  if (next === 'end') return undefined;
  if (sign === '') return after();
  if (sign !== '{' && sign !== '[') return undefined;
  open.push(sign);
  return sign === '{' ? 'nameOrEnd' : 'valueOrEnd';
}
