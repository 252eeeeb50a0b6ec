import { adoptedPlace, compileResource } from './compile.ts';
import { parseDeclaration } from './declaration/parse.ts';
import type { Resource } from './resource.ts';

/** A stored version of a declaration. */
export interface Stored {
  readonly id: string;
  /** Whose it is; null: every organization's. */
  readonly organizationId: string | null;
  readonly declaration: string;
  readonly schema: string;
  readonly table: string;
}

/** The resource of a stored version; `undefined` when this program cannot read it: a newer one has stored it. */
export function compileStored({ id, organizationId, declaration, schema, table }: Stored): Resource | undefined {
  const parsed = parseDeclaration(declaration);
  if ('problems' in parsed) return undefined;
  const adopts = adoptedPlace(parsed.declaration) !== undefined;
  return {
    ...compileResource(parsed.declaration, { schema, table }, { adopts }),
    versionId: id,
    owner: organizationId,
  };
}
