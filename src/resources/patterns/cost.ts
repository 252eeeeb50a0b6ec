import type { Node } from './parse.ts';
import { overlap, type Ranges, union } from './ranges.ts';

/** Ways through a pattern that may be tried one after the other, each of them as long as the pattern. */
const FEW = 1_000;

/**
 * Whether a matcher that goes back and tries again can match the pattern in time that grows with the text as with the pattern, and no faster:
 *
 * - The next character of the text alone tells, wherever there is a choice (to take which branch, to repeat or to go on), what to do: the other
 *   way fails at that very character, so going back to it costs no more than the pattern's length (LL(1); of XML Schema's content models,
 *   "unique particle attribution").
 * - Or there are few ways in all, since nothing repeats without end.
 */
export function isCheap(node: Node): boolean {
  return ways(node) <= FEW || decided(node) !== undefined;
}

function ways(node: Node): number {
  if (node.kind === 'set') return 1;
  if (node.kind === 'sequence') return node.parts.reduce((product, part) => product * ways(part), 1);
  if (node.kind === 'choice') return node.options.reduce((sum, option) => sum + ways(option), 0);
  const { min, max, part } = node;
  if (max === Number.POSITIVE_INFINITY) return max;
  const each = ways(part);
  if (each === 1) return max - min + 1;
  let sum = 0;
  for (let times = min; times <= max && sum <= FEW; times += 1) sum += each ** times;
  return sum;
}

/** What a node can begin with, and what can go on within it where it could also end. */
interface Ends {
  readonly nullable: boolean;
  readonly first: Ranges;
  readonly follow: Ranges;
}

const NOTHING: Ends = { nullable: true, first: [], follow: [] };

/** `undefined` where the next character does not decide. */
function decided(node: Node): Ends | undefined {
  if (node.kind === 'set') return { nullable: false, first: node.set, follow: [] };
  if (node.kind === 'sequence') return node.parts.reduce<Ends | undefined>(behind, NOTHING);
  if (node.kind === 'choice') return oneOf(node.options);
  const part = decided(node.part);
  if (!part || node.max <= 1) return part && { ...part, nullable: node.min === 0 || part.nullable };
  if (part.nullable || overlap(part.follow, part.first)) return undefined;
  const follow = node.min < node.max ? union(part.follow, part.first) : part.follow;
  return { nullable: node.min === 0, first: part.first, follow };
}

function behind(before: Ends | undefined, node: Node): Ends | undefined {
  const next = before && decided(node);
  if (!next || overlap(before.follow, next.first) || (before.nullable && overlap(before.first, next.first)))
    return undefined;
  return {
    nullable: before.nullable && next.nullable,
    first: before.nullable ? union(before.first, next.first) : before.first,
    follow: next.nullable ? union(before.follow, next.first, next.follow) : next.follow,
  };
}

function oneOf(options: readonly Node[]): Ends | undefined {
  let all: Ends = { ...NOTHING, nullable: false };
  for (const option of options) {
    const one = decided(option);
    if (!one || overlap(all.first, one.first) || (all.nullable && one.nullable)) return undefined;
    all = {
      nullable: all.nullable || one.nullable,
      first: union(all.first, one.first),
      follow: union(all.follow, one.follow),
    };
  }
  return all;
}

/** Characters that a pattern has when all of its repetitions are written out, those without end once. */
export function sizeOf(node: Node): number {
  if (node.kind === 'set') return 1;
  if (node.kind === 'sequence') return node.parts.reduce((sum, part) => sum + sizeOf(part), 0);
  if (node.kind === 'choice') return node.options.reduce((sum, option) => sum + sizeOf(option), 0);
  return sizeOf(node.part) * Math.max(1, node.max === Number.POSITIVE_INFINITY ? node.min : node.max);
}
