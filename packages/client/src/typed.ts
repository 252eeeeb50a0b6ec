/** Types of requests and answers, read off the `paths` of a generated document. */

export type Method = 'get' | 'put' | 'post' | 'patch' | 'delete';

/** The paths of a document that have an operation of a method. */
export type PathsWith<Paths, M extends Method> = {
  [Path in keyof Paths]: Paths[Path] extends Record<M, object> ? Path : never;
}[keyof Paths];

/** The operation of a method at a path. */
export type OperationAt<Paths, M extends Method, Path extends keyof Paths> =
  Paths[Path] extends Record<M, infer Op> ? Op : never;

/** What a request may be given; a member that the operation needs must be there. */
export type RequestOf<Op> = Part<'path', ParameterOf<Op, 'path'>> &
  Part<'query', ParameterOf<Op, 'query'>> &
  BodyOf<Op> & {
    /** Beside those of the client. A key of one's own, `Idempotency-Key`, is taken instead of a new one. */
    readonly headers?: Readonly<Record<string, string>> & Partial<ParameterOf<Op, 'header'>>;
    /** Breaks the request off, and the waiting between its attempts. */
    readonly signal?: AbortSignal;
    /** Whether twice does no more harm than once, so that it may be repeated; that of what reads and of what takes a key need not be said. */
    readonly idempotent?: boolean;
  };

type ParameterOf<Op, Place extends string> = Op extends {
  parameters: { [K in Place]?: infer Given };
}
  ? NonNullable<Given>
  : never;

/** A member that is left out when there is nothing to say, and may be when nothing needs to be said. */
type Part<Name extends string, Given> = [Given] extends [never]
  ? unknown
  : object extends Given
    ? { readonly [N in Name]?: Given }
    : { readonly [N in Name]: Given };

/** A body may be left out where the operation says so. */
type BodyOf<Op> = Op extends { requestBody: { content: infer Content } }
  ? { readonly body: BodyIn<Content> }
  : Op extends { requestBody?: { content: infer Content } }
    ? { readonly body?: BodyIn<Content> }
    : unknown;

/** JSON as an object; what is not JSON as its text or its bytes. Where both are taken, either. */
type BodyIn<Content> = {
  [Type in keyof Content]: Type extends 'application/json' ? Content[Type] : Raw;
}[keyof Content];
type Raw = string | Blob | FormData;

/** The body of a successful response: parsed JSON, or its text; `undefined` if there is none. */
export type AnswerOf<Op> = Op extends { responses: infer Responses }
  ? ContentOf<Responses[keyof Responses & (200 | 201 | 202 | 204)]>
  : never;

type ContentOf<Response> = Response extends { content: infer Content }
  ? Content extends { 'application/json': infer Json }
    ? Json
    : string
  : undefined;
