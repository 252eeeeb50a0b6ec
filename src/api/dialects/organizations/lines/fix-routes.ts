import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { createdBy } from '../../../../auth/principal.ts';
import type { StoredBytes } from '../../../../files/file-store.ts';
import { type Intake, withIntake } from '../../../../service/submit/intake.ts';
import { type Corrections, type FixOrder, submitFixes } from '../../../../service/submit/submit-fixes.ts';
import { submitRun } from '../../../../service/submit/submit-run.ts';
import { getFamily } from '../../../../service/tasks/get-family.ts';
import { toHex24 } from '../../../../task/ids.ts';
import type { Task } from '../../../../task/task.ts';
import type { ApiContext } from '../../../context.ts';
import { invalid } from '../../../errors/failure.ts';
import { fieldMessages } from '../../../errors/messages.ts';
import { limited, tooLarge } from '../../../http/bodies/limit-upload.ts';
import { boundaryOf, readForm } from '../../../http/bodies/multipart.ts';
import type { App } from '../../../zod.ts';
import {
  conflict,
  failures,
  noRoom,
  submitHeaders,
  taskEnvelope,
  taskParams,
  tooLarge as tooLargeSchema,
} from '../schema.ts';
import { FORM_BYTES, takeField } from '../submit/form-fields.ts';
import { notAForm } from '../submit/submit-route.ts';
import { refuseLarge } from '../submit/upload.ts';
import { taskRef } from '../task-routes.ts';
import { NO_LINES, toWire, type WireTask } from '../wire.ts';
import { MAX_ROWS_BYTES, rowsBody } from './corrected-rows.ts';
import { familyEnvelope } from './line-schemas.ts';

const reportForm = z.object({
  file: z
    .file()
    .describe(
      'The report of the task as CSV with corrected rows, in any order; rows can be left out. The part can have a `charset`.',
    ),
});

interface Answer {
  readonly location: string;
  readonly task: WireTask;
}

/** Correcting the lines that were not applied, and the outcomes of all lines after that. */
export function fixRoutes(scope: App, context: ApiContext): void {
  scope.post(
    '/bulk-tasks/:bulkTaskId/fixes',
    {
      bodyLimit: MAX_ROWS_BYTES,
      config: {
        permission: 'base.bulk.management.create',
        summary: 'Submit corrected lines of a task',
        use: 'correct',
        streamedBody: { 'multipart/form-data': reportForm },
      },
      schema: {
        params: taskParams,
        headers: submitHeaders,
        body: { content: { 'application/json': { schema: rowsBody } } },
        response: { 202: taskEnvelope, ...failures, ...conflict, ...tooLargeSchema, ...noRoom },
      },
    },
    async (request, reply) => {
      const ref = taskRef(request);
      const answer = await withIntake(context, request.organizationId, async (intake) => {
        const corrections = await readCorrections(request, intake, context.maxUploadBytes);
        return submitFixes({ ...context, intake }, ref, orderOf(request, 'fixes'), corrections, answerTo(request));
      });
      return accepted(reply, answer);
    },
  );

  scope.post(
    '/bulk-tasks/:bulkTaskId/run',
    {
      config: {
        permission: 'base.bulk.management.create',
        summary: 'Import the file of a dry run with its corrections',
        use: 'correct',
      },
      schema: {
        params: taskParams,
        headers: submitHeaders,
        response: { 202: taskEnvelope, ...failures, ...conflict, ...tooLargeSchema, ...noRoom },
      },
    },
    async (request, reply) => {
      const ref = taskRef(request);
      const answer = await withIntake(context, request.organizationId, (intake) =>
        submitRun({ ...context, intake }, ref, orderOf(request, 'run'), answerTo(request)),
      );
      return accepted(reply, answer);
    },
  );

  scope.get(
    '/bulk-tasks/:bulkTaskId/family',
    {
      config: { permission: 'base.bulk.management.get', summary: 'Get a task with the tasks that correct its lines' },
      schema: { params: taskParams, response: { 200: familyEnvelope, ...failures } },
    },
    async (request, reply) => {
      const { root, tasks, ledger } = await getFamily(context, taskRef(request));
      reply.header('cache-control', 'no-cache');
      const { items, inserts, updates, deletes, skips, errors } = ledger;
      const numbers = {
        ...{ numItems: items, numInserts: inserts, numUpdates: updates, numSkips: skips, numErrors: errors },
        ...(deletes > 0 && { numDeletes: deletes }),
      };
      return {
        status: true,
        data: { root: toHex24(root.id), tasks: tasks.map((task) => toWire(task)), ledger: numbers },
      };
    },
  );
}

/** @param verb of the route: the same key for another one is another key */
function orderOf({ principal, headers }: FastifyRequest, verb: string): FixOrder {
  const key = headers['idempotency-key'];
  return {
    origin: 'organizations',
    createdBy: createdBy(principal),
    ...(typeof key === 'string' && { key: { scope: `organizations/${verb} ${principal.id}`, key } }),
  };
}

function answerTo({ params }: { readonly params: { readonly organizationId: string } }) {
  return (task: Task): Answer => ({
    location: `/v1/organizations/${params.organizationId}/bulk-tasks/${toHex24(task.id)}`,
    task: toWire(task, NO_LINES),
  });
}

function accepted(reply: FastifyReply, { location, task }: Answer) {
  reply.code(202).headers({ location, 'retry-after': '1', 'cache-control': 'no-store' });
  return { status: true, data: task } as const;
}

/** The corrections of a request: rows of JSON, or a report, which the file store has until the request ends. */
async function readCorrections(
  request: Pick<FastifyRequest, 'headers' | 'content' | 'body'>,
  intake: Intake,
  maxUploadBytes: number,
): Promise<Corrections> {
  const { headers } = request;
  const boundary = boundaryOf(headers['content-type']);
  if (boundary === undefined) {
    if (request.body == null) throw notAForm();
    return request.body as z.output<typeof rowsBody>;
  }
  refuseLarge(headers['content-length'], maxUploadBytes);
  let report: StoredBytes | undefined;
  let encoding: string | undefined;
  const form = { boundary, maxBytes: maxUploadBytes + FORM_BYTES, tooLarge: () => tooLarge(maxUploadBytes) };
  for await (const part of readForm(request.content, form)) {
    if (part.name !== 'file') await takeField(part, {}, []);
    else if (report) throw invalid('file', fieldMessages.repeated);
    else {
      report = await intake.put(limited(part.body, maxUploadBytes));
      encoding = part.charset;
    }
  }
  if (!report) throw invalid('file', fieldMessages.missing);
  return { report, ...(encoding && { encoding }) };
}
