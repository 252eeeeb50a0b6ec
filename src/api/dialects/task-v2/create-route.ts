import { createHash } from 'node:crypto';
import type { FastifyRequest } from 'fastify';
import type { z } from 'zod';
import { createdBy } from '../../../auth/principal.ts';
import type { Asker } from '../../../service/platform/rights.ts';
import { type Problem, ServiceError } from '../../../service/platform/service-error.ts';
import { submitExport } from '../../../service/submit/submit-export.ts';
import { submitExternal } from '../../../service/submit/submit-external.ts';
import { submitStored } from '../../../service/submit/submit-stored.ts';
import { getEntry } from '../../../service/tasks/search-tasks.ts';
import type { ApiContext } from '../../context.ts';
import { invalid, Refusal } from '../../errors/failure.ts';
import { fieldMessages, messages } from '../../errors/messages.ts';
import type { App } from '../../zod.ts';
import {
  bodyFailures,
  createBody,
  createHeaders,
  exportRequest,
  failures,
  importRequest,
  noRoom,
  task as taskSchema,
} from './schema.ts';
import { handlers, PREFIX, vocabularyOf } from './vocabulary.ts';
import { toWire, type WireTask } from './wire.ts';

type CreateBody = z.output<typeof createBody>;

/** Members that every task is created from. */
interface Asked {
  readonly order: ReturnType<typeof orderOf>;
  readonly asker: Asker;
}

/** Where tasks of the other handlers are made. */
const ELSEWHERE: ReadonlyMap<string, string> = new Map([
  [handlers.act, 'create actions at /api/actions/bulk/jobs'],
  [handlers.patch, 'create patches at /activityid/v1/user/bulk'],
]);

/** Making tasks. */
export function createRoute(scope: App, context: ApiContext): void {
  const vocabulary = vocabularyOf(context);
  scope.post(
    '/create',
    {
      config: { permission: 'task.create', summary: 'Create a task', use: 'submit' },
      schema: {
        headers: createHeaders,
        body: createBody,
        response: { 201: taskSchema, ...failures, ...bodyFailures, ...noRoom },
      },
    },
    async (request, reply) => {
      const { body } = request;
      const order = orderOf(request, body);
      const asked = { order, asker: { permissions: request.principal.permissions, through: 'task-v2' as const } };
      const { answered } = await submit(context, body, asked, async ({ id, organizationId }, pool) =>
        toWire(await getEntry({ pool, vocabulary }, { organizationId, id })),
      );
      const headers = {
        location: `${PREFIX}/view/${answered.task_id}`,
        'cache-control': 'no-store',
        'retry-after': '1',
      };
      return reply.code(201).headers(headers).send(answered);
    },
  );
}

function orderOf(request: FastifyRequest, { handler, user_id, entity_id, request: asked }: CreateBody) {
  const { principal, organizationId } = request;
  const key = request.headers['idempotency-key']?.toString();
  const fingerprint = createHash('sha256')
    .update(JSON.stringify([handler, user_id, entity_id, asked?.text]))
    .digest('hex');
  return {
    origin: 'task-v2',
    organizationId,
    createdBy: createdBy(principal),
    ...(user_id && { userId: user_id }),
    ...(entity_id && { entityId: entity_id }),
    ...(key && { idempotent: { scope: `task-v2/create ${principal.id}`, key, fingerprint } }),
  };
}

/** The page's own example asks for an export and does not say of what. */
const STANDARD_EXPORT = { resource: 'inventory-items', format: 'csv' };

type Answer = Parameters<typeof submitExternal<WireTask>>[2];

async function submit(context: ApiContext, { handler, request }: CreateBody, { order, asker }: Asked, answer: Answer) {
  const elsewhere = ELSEWHERE.get(handler);
  if (elsewhere) throw invalid('handler', `${handler} cannot be used here: ${elsewhere}`);
  if (handler === handlers.export) {
    const { resource, format, criteria } = readRequest(exportRequest, request?.value ?? STANDARD_EXPORT);
    const wanted = { resource, format, ...(criteria != null && { criteria }) };
    return inRequest(() => submitExport(context, { ...order, asker }, wanted, answer));
  }
  if (handler === handlers.import) {
    const wanted = readRequest(importRequest, request?.value);
    const { action, file, override, mode, mapping, constants, dateFormat, encoding, dryRun } = wanted;
    const { formats, missingValues, allowShortRows, blankCells } = wanted;
    if (mode && override !== undefined) throw invalid('request', `mode ${fieldMessages.modeBesideOverride}`);
    const config = {
      override: mode === 'update' || override === true,
      ...(mode && { mode }),
      ...(blankCells && { blankCells }),
      ...(mapping && { mapping }),
      ...(constants && { constants }),
      ...(dateFormat && { dateFormat }),
      ...(formats && { formats }),
      ...(missingValues && { missingValues }),
      ...(allowShortRows && { allowShortRows }),
      ...(encoding && { encoding }),
      ...(dryRun && { dryRun }),
    };
    return inRequest(() =>
      submitStored(context, { ...order, asker, operation: 'import', action, config }, file, answer),
    );
  }
  return submitExternal(context, { ...order, action: handler, ...(request && { request }) }, answer);
}

function readRequest<Schema extends z.ZodType>(schema: Schema, request: unknown): z.output<Schema> {
  if (typeof request !== 'object' || request === null || Array.isArray(request)) {
    throw invalid('request', 'must be an object, or its JSON, with the input of the handler');
  }
  const read = schema.safeParse(request);
  if (read.success) return read.data;
  throw refuse(read.error.issues.map(({ path, message }) => ({ field: path.join('.'), message })));
}

/** What is wrong with the input of a handler is wrong with a member of `request`. */
async function inRequest<Result>(submitting: () => Promise<Result>): Promise<Result> {
  try {
    return await submitting();
  } catch (error) {
    throw error instanceof ServiceError && error.code === 'invalid' ? refuse(error.problems) : error;
  }
}

function refuse(problems: readonly Problem[]): Refusal {
  const named = problems.map(({ field, message }) => ({ field: field ? `request.${field}` : 'request', message }));
  return new Refusal('invalid', messages.invalid, { problems: named });
}
