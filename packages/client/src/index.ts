export { type ClientCredentials, clientCredentials } from './client-credentials.ts';
export type { OpenBulkOptions } from './connection.ts';
export type { Dialect } from './dialect.ts';
export { type ErrorCode, OpenBulkError, type Problem } from './error.ts';
export { type FollowOptions, isOver, type TaskRef, type TaskState, type WaitOptions } from './follow-task.ts';
export { OpenBulk, type ReportOptions } from './openbulk.ts';
export type { UploadFile } from './source.ts';
export type { ImportOrder, SubmitOptions, SubmittedTask, Task, UploadProgress } from './submit-import.ts';
export type { AnswerOf, Method, OperationAt, PathsWith, RequestOf } from './typed.ts';
