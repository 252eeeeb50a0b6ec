import type { Conditions } from '../../store/connection/conditions.ts';

/** Every operator of the criteria language (docs/api/criteria.md "Operators"). */
export const OPERATORS = ['eq', 'ne', 'lt', 'lte', 'gt', 'gte', 'in', 'like', 'exists'] as const;

export type Operator = (typeof OPERATORS)[number];

/**
 * One comparison; `field` is a name of the resource, values are in the field's canonical spelling. It means:
 * - `eq`, `ne`: of `null`, whether there is no value; otherwise `ne` is true of a record without a value as well, since it is
 *   not that value. Of a list, whether an entry is the value.
 * - `lt`, `lte`, `gt`, `gte`: never true of a record without a value. Numbers, dates, moments and IP addresses have their own
 *   order; text is compared by code points.
 * - `in`: one of these.
 * - `like`: the whole text, `%` standing for any characters and `_` for one, `\` before either for itself. In upper or lower
 *   case (of the letters that the database's locale knows): nobody remembers how a vendor writes its name. All other
 *   operators keep them apart.
 * - `exists`: whether there is a value.
 */
export type Condition =
  | { readonly field: string; readonly op: 'eq' | 'ne'; readonly value: string | null }
  | { readonly field: string; readonly op: 'lt' | 'lte' | 'gt' | 'gte' | 'like'; readonly value: string }
  | { readonly field: string; readonly op: 'in'; readonly value: readonly string[] }
  | { readonly field: string; readonly op: 'exists'; readonly value: boolean };

/** Which records are meant. Every part is true or false of a record, so `not` has all that its part has not. It survives JSON. */
export type Criteria = Conditions<Condition>;
