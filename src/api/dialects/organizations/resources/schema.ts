import { z } from 'zod';
import { boolean } from '../../../request-schemas.ts';
import { errorEnvelope } from '../errors.ts';
import { organizationParams } from '../schema.ts';

export const resourceParams = organizationParams.extend({
  resource: z.string().describe('The name of the resource, such as `customers`.'),
});

const declaration = z
  .unknown()
  .meta({ type: 'object' })
  .describe('Table Schema v2 with an `openbulk` member (docs/declarations.md).');

/** A declaration is read as text, so that its numbers stay as they are written. */
export const declarationBody = {
  content: { 'application/json': { schema: declaration }, 'application/yaml': { schema: declaration } },
} as const;

const texts = z.record(z.string(), z.string());

/** What a resource is, without its declaration. */
export const resourceSummary = z
  .object({
    name: z.string(),
    title: z.string().optional(),
    description: z.string().optional(),
    labels: texts.optional().describe('By language, such as `es`.'),
    descriptions: texts.optional().describe('By language.'),
    recordLabels: texts.optional().describe('What one record is called, by language.'),
    operations: z.array(z.string()).describe('What tasks can do with it: `import`, `export`, `patch`, `act`.'),
    declared: z.boolean().describe('`false`: it comes with OpenBulk, and cannot be changed.'),
    owner: z
      .enum(['program', 'everyone', 'organization'])
      .describe(
        'Who declared it: nobody, since it comes with OpenBulk; the operator, for every organization; this organization.',
      ),
    table: z.string().describe('Where its records are, as SQL has it.'),
    adopted: z.boolean().describe('`true`: somebody else made the table, and OpenBulk never changes or removes it.'),
    fields: z.int().describe('How many it has.'),
    recordMembers: z
      .object({ id: z.string(), createdAt: z.string(), updatedAt: z.string() })
      .partial()
      .describe('What its records call their id and their times, as far as they have them.'),
    key: z.array(z.string()).describe('The fields that tell a record from others.'),
    permissions: z
      .object({
        list: z.string(),
        import: z.string().optional(),
        act: z.string().optional(),
        delete: z.string().optional(),
        export: z.string().optional(),
      })
      .describe('What it takes, in addition to the permission of the route.'),
  })
  .meta({ id: 'ResourceSummary' });

export const resource = z.object({ ...resourceSummary.shape, declaration }).meta({ id: 'Resource' });

export const plan = z
  .object({
    name: z.string(),
    hash: z.string().describe('Differs for every plan; send it with the declaration to apply this plan and no other.'),
    action: z.enum(['create', 'change', 'none']),
    statements: z.array(z.string()).describe('SQL, in the order in which it runs.'),
    losses: z
      .array(z.object({ column: z.string(), records: z.int() }))
      .describe('Columns of which values are removed, and from how many records.'),
    remarks: z
      .array(z.string())
      .describe('What is good to know of a table that exists, such as why imports cannot insert.'),
    warnings: z
      .array(z.object({ field: z.string(), problem: z.string() }))
      .describe('What the declaration has that is legal, and most likely not meant.'),
  })
  .meta({ id: 'ResourcePlan' });

/** A declaration that was made of something, and what a person should know of it. */
export const inferred = z
  .object({
    declaration,
    remarks: z.array(z.string()).describe('What could not be told, and what to check, as sentences.'),
  })
  .meta({ id: 'InferredDeclaration' });

/** Where a declaration and its table have come apart. */
export const drift = z.object({
  name: z.string(),
  table: z.string().describe('With its schema.'),
  problems: z
    .array(z.string())
    .describe('Where the declaration and the table do not agree any more; empty: they agree.'),
});

export const tableParams = organizationParams.extend({
  table: z.string().describe('The table with its schema, such as `crm.customers`.'),
});

export const tableQuery = z.object({
  organization: z.string().min(1).optional().describe('The column of the table that says whose a record is.'),
});

/** A table that the organization may adopt. */
export const adoptable = z
  .object({
    schema: z.string(),
    table: z.string(),
    kind: z.string().describe('Such as `table`, `view`, `partitioned table`.'),
    columns: z.array(z.object({ name: z.string(), type: z.string().describe('As SQL names it.') })),
    adoptable: z.boolean().describe('Whether it can be used as it is.'),
    reasons: z.array(z.string()).describe('Why not.'),
    resources: z.array(z.string()).describe('Resources that use it already.'),
  })
  .meta({ id: 'AdoptableTable' });

const allowLoss = boolean.default(false);

export const applyQuery = z.object({
  hash: z.string().min(1).optional().describe('The hash of the plan to apply; without it, whatever the plan is now.'),
  allowLoss: allowLoss.describe('`true`: values can be removed.'),
});

export const removeQuery = z.object({
  allowLoss: allowLoss.describe('`true`: the resource can have records, which are deleted with it.'),
});

/** The plan has changed since it was made. */
export const outgrown = { 412: errorEnvelope } as const;

/** A record, from whatever declaration. */
export const anyRecord = z.record(z.string(), z.unknown());
