import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import { createdBy } from '../../../auth/principal.ts';
import type { StoredBytes } from '../../../files/file-store.ts';
import { getFamily } from '../../../service/get-family.ts';
import { type Intake, withIntake } from '../../../service/intake.ts';
import { type Corrections, submitFixes } from '../../../service/submit-fixes.ts';
import { toHex24 } from '../../../task/ids.ts';
import type { ApiContext } from '../../context.ts';
import { invalid } from '../../failure.ts';
import { limited, tooLarge } from '../../limit-upload.ts';
import { boundaryOf, readForm } from '../../multipart.ts';
import type { App } from '../../zod.ts';
import { MAX_ROWS_BYTES, rowsBody } from './corrected-rows.ts';
import { FORM_BYTES, takeField } from './form-fields.ts';
import { familyEnvelope } from './line-schemas.ts';
import {
  conflict,
  failures,
  noRoom,
  submitHeaders,
  taskEnvelope,
  taskParams,
  tooLarge as tooLargeSchema,
} from './schema.ts';
import { notAForm } from './submit-route.ts';
import { taskRef } from './task-routes.ts';
import { refuseLarge } from './upload.ts';
import { NO_LINES, toWire, type WireTask } from './wire.ts';

const reportForm = z.object({
  file: z
    .file()
    .describe(
      'The report of the task as CSV, its rows corrected, in any order; any may be left out. Its part may name a `charset`.',
    ),
});

interface Answer {
  readonly location: string;
  readonly task: WireTask;
}

/** Correcting the lines that were not applied, and what became of all lines after that. */
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
      const { organizationId } = request.params;
      const ref = taskRef(request);
      const key = request.headers['idempotency-key'];
      const order = {
        origin: 'organizations',
        createdBy: createdBy(request.principal),
        ...(key && { key: { scope: `organizations/fixes ${request.principal.id}`, key } }),
      };
      const answer = await withIntake(context, request.organizationId, async (intake) => {
        const corrections = await readCorrections(request, intake, context.maxUploadBytes);
        return submitFixes<Answer>({ ...context, intake }, ref, order, corrections, (task) => ({
          location: `/v1/organizations/${organizationId}/bulk-tasks/${toHex24(task.id)}`,
          task: toWire(task, NO_LINES),
        }));
      });
      reply.code(202).headers({ location: answer.location, 'retry-after': '1', 'cache-control': 'no-store' });
      return { status: true, data: answer.task };
    },
  );

  scope.get(
    '/bulk-tasks/:bulkTaskId/family',
    {
      config: { permission: 'base.bulk.management.get', summary: 'See a task with those that correct its lines' },
      schema: { params: taskParams, response: { 200: familyEnvelope, ...failures } },
    },
    async (request, reply) => {
      const { root, tasks, ledger } = await getFamily(context, taskRef(request));
      reply.header('cache-control', 'no-cache');
      const { items, inserts, updates, skips, errors } = ledger;
      const numbers = { numItems: items, numInserts: inserts, numUpdates: updates, numSkips: skips, numErrors: errors };
      return {
        status: true,
        data: { root: toHex24(root.id), tasks: tasks.map((task) => toWire(task)), ledger: numbers },
      };
    },
  );
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
  const form = { boundary, maxBytes: maxUploadBytes + FORM_BYTES, tooLarge: tooLarge(maxUploadBytes) };
  for await (const part of readForm(request.content, form)) {
    if (part.name !== 'file') await takeField(part, {}, []);
    else if (report) throw invalid('file', 'is given twice');
    else {
      report = await intake.put(limited(part.body, maxUploadBytes));
      encoding = part.charset;
    }
  }
  if (!report) throw invalid('file', 'is missing');
  return { report, ...(encoding && { encoding }) };
}
