import { createConfig, lintFromString } from '@redocly/openapi-core';
import { describe, expect, test } from 'vitest';
import { shipped } from '../../src/operations/catalogue.ts';
import { type OpenApi, readDocuments, resolve, type Schema } from './documents/operations.ts';

/** What the published pages say of their parameters and members, in the documents; and what a validator that is not ours says of them. */
const documents = await readDocuments();

function documentOf(dialect: string): OpenApi {
  return documents.find((each) => each.dialect === dialect)?.document as OpenApi;
}

describe('Redocly', async () => {
  const rules = [
    'struct',
    'no-unresolved-refs',
    'no-identical-paths',
    'no-ambiguous-paths',
    'no-path-trailing-slash',
    'no-enum-type-mismatch',
    'path-parameters-defined',
    'path-not-include-query',
    'operation-operationId-unique',
    'operation-operationId-url-safe',
    'operation-parameters-unique',
    'operation-2xx-response',
    'operation-4xx-response',
    'security-defined',
    'spec-components-invalid-map-name',
  ];
  const config = await createConfig({ rules: Object.fromEntries(rules.map((rule) => [rule, 'error'])) as never });

  async function problemsOf(document: unknown): Promise<string[]> {
    const problems = await lintFromString({ source: JSON.stringify(document), config, absoluteRef: 'document.json' });
    return problems.map(({ ruleId, message, location: [at] }) => `${ruleId}: ${message} at ${at?.pointer}`);
  }

  test.each(documents)('finds nothing wrong with the document of $dialect', async ({ document }) => {
    expect(await problemsOf(document)).toEqual([]);
  });

  test('finds what is wrong', async () => {
    const document = structuredClone(documentOf('actions')) as never as { info: unknown };
    document.info = { title: 1 };
    expect(await problemsOf(document)).not.toEqual([]);
  });
});

test('every operation that takes a body says that it refuses a Content-Encoding', () => {
  const silent = documents
    .flatMap(({ operations }) => operations)
    .filter(({ requestBody, responses }) => requestBody && !('415' in responses));
  expect(silent.map(({ operationId }) => operationId)).toEqual([]);
});

describe('the document of organizations', () => {
  const document = documentOf('organizations');
  const HEX24 = '^[a-fA-F0-9]{24}$';
  const LIST = '/v1/organizations/{organizationId}/bulk-tasks';

  function parameter(path: string, name: string): Schema | undefined {
    return document.paths[path]?.get?.parameters.find((each) => each.name === name)?.schema;
  }

  /** What a member of the task is to be, by its path. */
  function member(path: string): Schema {
    return path.split('.').reduce<Schema>((schema, name) => {
      const { properties, items } = resolve(schema, document);
      return (properties?.[name] ?? items?.properties?.[name]) as Schema;
    }, document.components.schemas.Task as Schema);
  }

  test('has the patterns and enums of the parameters', () => {
    expect(parameter(LIST, 'organizationId')).toMatchObject({
      type: 'string',
      pattern: '^(([a-fA-F0-9]{24})|([a-zA-Z0-9\\-]{3,}))$',
    });
    expect(parameter(`${LIST}/{bulkTaskId}`, 'bulkTaskId')).toMatchObject({ type: 'string', pattern: HEX24 });
    expect(parameter(LIST, 'sort')).toMatchObject({ type: 'string', pattern: '^[\\w.]*((:asc)|(:desc))?$' });
    expect(parameter(LIST, 'status')).toMatchObject({ enum: ['pending', 'inProgress', 'completed', 'failed'] });
    expect(parameter(LIST, 'page')).toMatchObject({ type: 'integer' });
    expect(parameter(LIST, 'limit')).toMatchObject({ type: 'integer' });
    const [known, any] = parameter(LIST, 'action')?.anyOf ?? [];
    expect(known?.enum).toEqual(expect.arrayContaining(['import-inventory-items', 'import-mdm-users']));
    expect(known?.enum).toEqual(shipped.actions.map(({ name }) => name));
    expect(any).toMatchObject({ type: 'string', maxLength: 1_000 });
  });

  test.each([
    ['id', { type: 'string', pattern: HEX24 }],
    ['status', { enum: ['pending', 'inProgress', 'completed', 'failed'] }],
    ['config.override', { type: 'boolean' }],
    ['file.originalName', { type: 'string', maxLength: 256 }],
    ['file.mimetype', { type: 'string', maxLength: 128 }],
    ['file.size', { type: 'integer', minimum: 0 }],
    ['file.bucket', { type: 'string', maxLength: 256 }],
    ['file.key', { type: 'string', maxLength: 256 }],
    ['file.location', { type: 'string', maxLength: 256 }],
    ['file.region', { type: 'string', maxLength: 128 }],
    ['file.storageProviderId', { type: 'string', pattern: HEX24 }],
    ['file.checksum', { type: 'string', maxLength: 256 }],
    ['action', { type: 'string', maxLength: 1_000 }],
    ['report.erroredLines.reason', { type: 'string' }],
    ['error', { type: 'string' }],
    ['createdBy.id', { type: 'string', pattern: HEX24 }],
    ['createdBy.email', { type: 'string', maxLength: 256, format: 'email' }],
    ['createdBy.firstName', { type: 'string', maxLength: 128 }],
    ['createdBy.lastName', { type: 'string', maxLength: 128 }],
    ['createdBy.fullName', { type: 'string', maxLength: 128 }],
    ['createdBy.picture', { type: 'string' }],
    ['updatedAt', { type: 'string', format: 'date-time' }],
    ['createdAt', { type: 'string', format: 'date-time' }],
  ] as const)('has what the page says of %s', (path, said) => {
    expect(member(path)).toMatchObject(said);
  });
});

describe('the document of actions', () => {
  const document = documentOf('actions');
  const get = document.paths['/api/actions/bulk/jobs/{id}']?.get;
  const schemaOf = (status: string) => {
    const [content] = Object.values(get?.responses[status]?.content ?? {});
    return resolve(content?.schema as Schema, document);
  };

  test('requires of a job what the page requires, but what it cannot have yet', () => {
    const { required, properties } = schemaOf('200');
    const later = ['executed_at', 'completed_at'];
    // Beyond the page: of jobs on records of a resource that is not the devices.
    const ofRecords = ['resource', 'values', 'outcomes', 'error'];
    expect([...(required ?? []), ...later, ...ofRecords].sort()).toEqual(Object.keys(properties ?? {}).sort());
    expect(properties).toMatchObject({
      job_id: { type: 'string', format: 'uuid' },
      action_duration: { type: 'integer' },
      ...Object.fromEntries(
        ['scheduled_at', 'created_at', 'updated_at', ...later].map((name) => [name, { format: 'date-time' }]),
      ),
    });
  });

  test.each(['401', '404', '500'])('has the envelope of the page for a %s', (status) => {
    expect(schemaOf(status).properties).toMatchObject({
      type: { type: 'string', format: 'uri-reference' },
      title: { type: 'string' },
      status: { type: 'integer', minimum: 100, maximum: 599 },
      detail: { type: 'string' },
      instance: { type: 'string', format: 'uri-reference' },
      error: { type: 'string' },
      details: { type: 'object', additionalProperties: { type: 'string' } },
      requestId: { type: 'string' },
    });
  });
});

test('the document of task-v2 has the headers of a page of tasks', () => {
  const answer = documentOf('task-v2').paths['/v2/task/index']?.post?.responses['200'];
  expect(Object.keys(answer?.headers ?? {})).toEqual(
    expect.arrayContaining([
      'X-Pagination-Current-Page',
      'X-Pagination-Page-Count',
      'X-Pagination-Per-Page',
      'X-Pagination-Total-Count',
      'Link',
    ]),
  );
});
