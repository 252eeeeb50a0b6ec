/** Texts by language, such as `es`. */
export type ByLanguage = Readonly<Record<string, string>>;

/** A field of a declaration, as far as the console looks at it (docs/declarations.md). */
export interface DeclaredField {
  readonly name: string;
  readonly type?: string;
  readonly format?: string;
  readonly title?: string;
  readonly description?: string;
  readonly constraints?: {
    readonly required?: boolean;
    readonly maxLength?: number;
    readonly enum?: readonly unknown[];
    readonly [other: string]: unknown;
  };
  readonly categories?: readonly unknown[];
  readonly openbulk?: {
    readonly format?: string;
    readonly labels?: ByLanguage;
    readonly descriptions?: ByLanguage;
    readonly valueLabels?: Readonly<Record<string, ByLanguage>>;
    readonly aliases?: readonly string[];
    readonly examples?: readonly string[];
    readonly shown?: boolean;
    readonly readOnly?: boolean;
    readonly unlisted?: boolean;
    readonly [other: string]: unknown;
  };
  readonly [other: string]: unknown;
}

/** A declaration: what a resource is. Members that are not named here are kept as they are. */
export interface Declaration {
  readonly fields: readonly DeclaredField[];
  readonly title?: string;
  readonly description?: string;
  readonly primaryKey?: string | readonly string[];
  readonly openbulk?: {
    readonly name?: string;
    readonly schema?: string;
    readonly table?: string;
    readonly labels?: ByLanguage;
    readonly descriptions?: ByLanguage;
    readonly recordLabels?: ByLanguage;
    readonly open?: { readonly prefix: string; readonly labels?: ByLanguage };
    readonly document?: { readonly name: string; readonly labels?: ByLanguage };
    readonly key?: {
      readonly firstOf?: readonly string[];
      readonly separate?: readonly string[];
      readonly [other: string]: unknown;
    };
    readonly [other: string]: unknown;
  };
  readonly [other: string]: unknown;
}

export interface Named {
  readonly title?: string | undefined;
  readonly labels?: ByLanguage | undefined;
}

/** What something is called: in the language, else by its title, else in English, else by its name. */
export function labelOf({ title, labels }: Named, name: string, language: string): string {
  return labels?.[language] ?? title ?? labels?.en ?? name;
}

/** The fields of which a record's key is made. */
export function keyOf({ primaryKey = [], openbulk }: Declaration): readonly string[] {
  const { firstOf, separate } = openbulk?.key ?? {};
  return firstOf ?? separate ?? (typeof primaryKey === 'string' ? [primaryKey] : primaryKey);
}
