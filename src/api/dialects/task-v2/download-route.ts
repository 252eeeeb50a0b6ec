import { z } from 'zod';
import { openResult } from '../../../service/lines/open-result.ts';
import type { ApiContext } from '../../context.ts';
import { parseRange } from '../../http/answers/byte-range.ts';
import { streamBytes } from '../../http/answers/stream-text.ts';
import { attachment } from '../../http/headers/response/content-disposition.ts';
import { matchesEtag } from '../../http/headers/response/etag.ts';
import type { App } from '../../zod.ts';
import { failures, fileBody, noBody } from './schema.ts';
import { type TaskPath, taskPaths, taskRef } from './task-ref.ts';

const organizationOfLink = z
  .string()
  .optional()
  .describe('Replaces the header OpenBulk-Organization, which a link in a page cannot send.');

/** The file that an export wrote. */
export function downloadRoute(scope: App, context: ApiContext): void {
  for (const path of taskPaths) addRoute(scope, context, path);
}

function addRoute(scope: App, context: ApiContext, { path, params, query }: TaskPath): void {
  scope.get(
    `/download${path}`,
    {
      config: {
        permission: 'task.download',
        summary: 'Download the file of an export',
        use: 'read-result',
        linked: true,
      },
      schema: {
        params,
        querystring: z.object({ ...query, organization: organizationOfLink }),
        response: { 200: fileBody, 206: fileBody, 304: noBody, ...failures },
      },
    },
    async (request, reply) => {
      const { file, read } = await openResult(context, taskRef(request));
      const { range, 'if-range': ifRange, 'if-none-match': ifNoneMatch } = request.headers;
      const etag = `"${file.sha256}"`;
      reply.headers({ etag, 'cache-control': 'private, no-cache', 'accept-ranges': 'bytes' });
      if (matchesEtag(ifNoneMatch, etag)) return reply.code(304).send();
      const part = ifRange === undefined || ifRange === etag ? parseRange(range, file.size) : undefined;
      const { start, end } = part ?? { start: 0, end: file.size };
      reply.type(file.mimetype.startsWith('text/') ? `${file.mimetype}; charset=utf-8` : file.mimetype).headers({
        'content-disposition': attachment(file.originalName),
        'content-length': String(end - start),
        ...(part && { 'content-range': `bytes ${start}-${end - 1}/${file.size}` }),
      });
      const length = request.method === 'HEAD' ? 0 : end - start;
      return reply.code(part ? 206 : 200).send(streamBytes(read(start), length));
    },
  );
}
