/** A table, as PostgreSQL's catalogue names it. */
export interface TablePlace {
  readonly schema: string;
  readonly table: string;
  /** Of the database that has it; not given: OpenBulk's own. */
  readonly connection?: string;
}

/** Which tables an organization can adopt by itself, with the API. An operator can adopt any at the command line. */
export class AdoptionRules {
  readonly #rules: readonly Rule[];

  constructor(rules: readonly Rule[] = []) {
    this.#rules = rules;
  }

  /** The schemas of OpenBulk's own database in which the organization can adopt at least one table, if it is there. @param slug of the organization */
  schemasOf(slug: string): string[] {
    const own = this.#rules.filter((rule) => isFor(rule, slug) && rule.connection === undefined);
    return [...new Set(own.map(({ schema }) => schema))];
  }

  /** @param slug of the organization */
  allow(slug: string, { schema, table, connection }: TablePlace): boolean {
    return this.#rules.some(
      (rule) =>
        isFor(rule, slug) &&
        rule.connection === connection &&
        rule.schema === schema &&
        (rule.table === '*' || rule.table === table),
    );
  }
}

/** One entry of `OPENBULK_ADOPT`: `acme=sales.*`, `*=shared.prices`, `acme=crm:sales.*`. */
export interface Rule extends TablePlace {
  /** Of the organization; `*`: of any. */
  readonly slug: string;
}

function isFor(rule: Rule, slug: string): boolean {
  return rule.slug === '*' || rule.slug === slug;
}
