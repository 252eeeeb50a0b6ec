import { readReport } from '../../../service/lines/read-report.ts';
import type { AskedTask } from '../../../service/platform/rights.ts';
import { ServiceError } from '../../../service/platform/service-error.ts';
import { getTask } from '../../../service/tasks/get-task.ts';
import { isTerminal } from '../../../task/lifecycle.ts';
import type { Task } from '../../../task/task.ts';
import type { ApiContext } from '../../context.ts';
import { Refusal } from '../../errors/failure.ts';
import { type EventSource, eventStream } from '../../http/answers/event-stream.ts';
import { streamLong, streamText } from '../../http/answers/stream-text.ts';
import { negotiate } from '../../http/headers/request/negotiate.ts';
import { attachment } from '../../http/headers/response/content-disposition.ts';
import type { App } from '../../zod.ts';
import { formatReport, mediaTypes, type ReportFormat } from './lines/report.ts';
import {
  conflict,
  failures,
  followHeaders,
  noBody,
  reportFile,
  reportFormats,
  reportQuery,
  taskEvents,
  taskParams,
  taskQuery,
  task as taskSchema,
} from './schema.ts';
import { taskRef, withLines } from './task-routes.ts';
import { toWire } from './wire.ts';

/** The full report, as a file. */
export function reportRoute(scope: App, context: ApiContext): void {
  scope.get(
    '/bulk-tasks/:bulkTaskId/report',
    {
      config: {
        permission: 'base.bulk.management.get',
        summary: 'Get the full report of a task as a file',
        use: 'read-lines',
      },
      schema: { params: taskParams, querystring: reportQuery, response: { 200: reportFile, ...failures, ...conflict } },
    },
    async (request, reply) => {
      const { outcome, excel: forExcel } = request.query;
      const format = request.query.format ?? (forExcel ? 'csv' : acceptedFormat(request.headers.accept));
      const report = await readReport(context, taskRef(request), outcome);
      reply.type(`${mediaTypes[format]}; charset=utf-8`).headers({
        'content-disposition': attachment(`${baseName(report.task)}-report.${format}`),
        'cache-control': 'no-cache',
        vary: 'Accept',
      });
      return reply.send(
        request.method === 'HEAD'
          ? streamText([])
          : streamLong(formatReport(report, format, forExcel), request.organizationId),
      );
    },
  );
}

function acceptedFormat(accept: string | undefined): ReportFormat {
  const offered = Object.values(mediaTypes);
  const type = negotiate(accept, offered);
  const format = reportFormats.find((name) => mediaTypes[name] === type);
  if (format) return format;
  throw new Refusal('not_acceptable', 'The report is not available in a format that the client accepts.', {
    problems: [{ field: 'Accept', message: `must accept one of ${offered.join(', ')}` }],
  });
}

function baseName({ file, action }: Task): string {
  return file?.originalName.replace(/\.[^.]*$/, '') || action;
}

/** The task's life as it goes on. */
export function eventsRoute(scope: App, context: ApiContext): void {
  scope.get(
    '/bulk-tasks/:bulkTaskId/events',
    {
      config: { permission: 'base.bulk.management.get', summary: 'Follow a task as server-sent events' },
      schema: {
        params: taskParams,
        querystring: taskQuery,
        headers: followHeaders,
        response: { 200: taskEvents, 204: noBody, ...failures },
      },
    },
    async (request, reply) => {
      const ref = taskRef(request);
      const task = await getTask(context, ref);
      const lastEventId = request.headers['last-event-id']?.toString();
      reply
        .type('text/event-stream; charset=utf-8')
        .headers({ 'cache-control': 'no-store', 'x-accel-buffering': 'no' });
      // There will be no event any more: 204 tells a browser to stop coming back (WHATWG HTML §9.2.5).
      if (isTerminal(task.status) && lastEventId === String(task.version)) return reply.code(204).send();
      const gone = new AbortController();
      reply.raw.once('close', () => gone.abort());
      const signal = AbortSignal.any([gone.signal, context.closing]);
      const events = eventStream(watchTask(context, ref, request.query.lines), {
        event: 'task',
        signal,
        ...(lastEventId !== undefined && { lastEventId }),
      });
      return reply.send(streamText(events));
    },
  );
}

/**
 * The task object: whole at first and at the end; without its lists of lines in between, since those, up to 2,000 lines, would be
 * read and sent again five times a second.
 *
 * @param lines whether it is ever whole
 */
function watchTask(context: ApiContext, ref: AskedTask, lines: boolean): EventSource {
  let first = true;
  return {
    watch: (onChange) => context.feed.watch(ref.id, onChange),
    async load() {
      const task = await getTask(context, ref).catch((error: unknown) => {
        if (error instanceof ServiceError && error.code === 'not_found') return undefined;
        throw error;
      });
      if (!task) return undefined;
      const last = isTerminal(task.status);
      const data = lines && (first || last) ? await withLines(context, task, ref.asker) : toWire(task);
      first = false;
      return { id: String(task.version), data: JSON.stringify(taskSchema.parse(data)), last };
    },
  };
}
