import { ExportResultCode } from '@opentelemetry/core';
import type { SpanExporter } from '@opentelemetry/sdk-trace';
import type { Logger } from 'pino';

export interface TellingExporter extends SpanExporter {
  /** Whether the last export came to nothing. */
  fails(): boolean;
}

/** An exporter that says once that spans are lost, however many are, and once that they are not any more. */
export function telling(exporter: SpanExporter, log: Logger): TellingExporter {
  let fails = false;
  return {
    export(spans, done) {
      exporter.export(spans, (result) => {
        const failed = result.code !== ExportResultCode.SUCCESS;
        if (failed && !fails) {
          log.warn({ err: result.error }, 'could not export traces; spans are dropped when the buffer is full');
        } else if (!failed && fails) log.info('exporting traces again');
        fails = failed;
        done(result);
      });
    },
    forceFlush: () => exporter.forceFlush?.() ?? Promise.resolve(),
    shutdown: () => exporter.shutdown(),
    fails: () => fails,
  };
}
