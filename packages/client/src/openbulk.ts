import { chunksOf, streamOf } from './connection/chunks.ts';
import { type Connection, connect, type OpenBulkOptions } from './connection/connection.ts';
import { type Dialect, openDialect } from './dialect.ts';
import { unreachable } from './error.ts';
import type { paths as ActionsPaths } from './generated/actions.ts';
import type { paths as ActivityidPaths } from './generated/activityid.ts';
import type { paths as OrganizationsPaths } from './generated/organizations.ts';
import type { paths as TaskV2Paths } from './generated/task-v2.ts';
import { type FollowOptions, followTask, type TaskState, type WaitOptions, waitForTask } from './tasks/follow-task.ts';
import type { SubmittedTask, Task, TaskRef } from './tasks/task.ts';
import { type FixesOrder, submitFixes } from './upload/submit-fixes.ts';
import { type ImportOrder, submitImport } from './upload/submit-import.ts';
import type { SubmitOptions } from './upload/upload.ts';

export interface ReportOptions {
  /** `csv` unless given. */
  readonly format?: 'csv' | 'ndjson' | 'json';
  /** Only the lines of this outcome. */
  readonly outcome?: 'errored' | 'skipped';
  /** Whether CSV begins with a byte-order mark, so that Excel reads its characters rightly. */
  readonly excel?: boolean;
  readonly signal?: AbortSignal;
}

/**
 * A server's API. Every method throws `OpenBulkError`, or the reason of a signal that was aborted. What is safe to repeat is repeated when
 * the server is unavailable or asks to wait: reading, `put` and `delete`, and what takes an `Idempotency-Key`, which is made for it.
 */
export class OpenBulk {
  /** `/v1/organizations`: imports, every task, records. */
  readonly organizations: Dialect<OrganizationsPaths>;
  /** `/activityid/v1`: patches of users. */
  readonly activityid: Dialect<ActivityidPaths>;
  /** `/api/actions/bulk`: actions on devices. */
  readonly actions: Dialect<ActionsPaths>;
  /** `/v2/task`: exports, tasks of your own workers. */
  readonly tasks: Dialect<TaskV2Paths>;
  readonly #connection: Connection;

  /** @throws TypeError if the URL is not valid */
  constructor(options: OpenBulkOptions) {
    this.#connection = connect(options);
    this.organizations = openDialect(this.#connection);
    this.activityid = openDialect(this.#connection);
    this.actions = openDialect(this.#connection);
    this.tasks = openDialect(this.#connection);
  }

  /** Uploads a file as it is read, nothing of it held whole, and gives the task that was made of it. */
  submitImport(order: ImportOrder, options?: SubmitOptions): Promise<SubmittedTask> {
    return submitImport(this.#connection, order, options);
  }

  /** Uploads the report of a task with its lines corrected, as `submitImport` does, and gives the task that was made of it. */
  submitFixes(task: TaskRef, order: FixesOrder, options?: SubmitOptions): Promise<SubmittedTask> {
    return submitFixes(this.#connection, task, order, options);
  }

  /** The ended task: `completed` or `failed`. Throws a `TimeoutError` if it takes longer than allowed. */
  waitForTask(task: TaskRef, options?: WaitOptions): Promise<Task> {
    return waitForTask(this.#connection, task, options);
  }

  /** The task now and after every visible change, until it ends. */
  followTask(task: TaskRef, options?: FollowOptions): AsyncGenerator<TaskState> {
    return followTask(this.#connection, task, options);
  }

  /** Every line that was not applied, and why, as it arrives. The stream, too, fails with an `OpenBulkError` when the connection breaks off. */
  async downloadReport(
    { organization, id }: TaskRef,
    { format = 'csv', outcome, excel, signal }: ReportOptions = {},
  ): Promise<ReadableStream<Uint8Array>> {
    const { body } = await this.organizations.response(
      'get',
      '/v1/organizations/{organizationId}/bulk-tasks/{bulkTaskId}/report',
      {
        path: { organizationId: organization, bulkTaskId: id },
        query: { format, ...(outcome && { outcome }), ...(excel && { excel }) },
        ...(signal && { signal }),
      },
    );
    return streamOf(received(body as ReadableStream<Uint8Array>));
  }
}

async function* received(body: ReadableStream<Uint8Array>): AsyncGenerator<Uint8Array> {
  try {
    yield* chunksOf(body);
  } catch (error) {
    throw error instanceof TypeError ? unreachable(error) : error;
  }
}
