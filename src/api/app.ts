import { type FastifyBaseLogger, type FastifyReply, type FastifyRequest, fastify, LogController } from 'fastify';
import type { Registry } from 'prom-client';
import { createQuotas } from '../service/platform/quotas.ts';
import { createRateLimiter } from '../service/platform/rate-limiter.ts';
import { keepPrivate } from './access/by-session.ts';
import { openScope } from './access/request-scope.ts';
import type { ApiContext, ApiOptions } from './context.ts';
import type { Dialect } from './dialect.ts';
import { actions } from './dialects/actions/dialect.ts';
import { activityid } from './dialects/activityid/dialect.ts';
import { organizations } from './dialects/organizations/dialect.ts';
import { taskV2 } from './dialects/task-v2/dialect.ts';
import { type Envelope, isUnder, pathOf, sendFailure } from './errors/envelope.ts';
import { Refusal } from './errors/failure.ts';
import { messages } from './errors/messages.ts';
import { problemJson } from './errors/problem-json.ts';
import { openProtocolErrors, type ProtocolErrors } from './errors/protocol-error.ts';
import { compressAnswers } from './http/answers/compressed-answers.ts';
import { acceptCompressed } from './http/bodies/compressed-bodies.ts';
import { declareQueries } from './http/bodies/query-string.ts';
import { honourExpectContinue } from './http/headers/request/expect-continue.ts';
import { requestId } from './http/headers/request/request-id.ts';
import { shareWithOrigins } from './http/headers/response/cors.ts';
import { defaultHeaders } from './http/headers/response/default-headers.ts';
import { createAddressLimit } from './http/limits/address-limit.ts';
import { closeUnasked, limitConnections } from './http/limits/connections.ts';
import { HTTP_LIMITS, type HttpLimits } from './http/limits/http-limits.ts';
import { lingerWhileSending } from './http/limits/linger.ts';
import { refuseSlowBodies } from './http/limits/slow-clients.ts';
import { collectRoutes, type DeclaredRoute, type DialectRoutes } from './openapi/declared-route.ts';
import { openApiRoutes } from './openapi/routes.ts';
import { consoleRoutes } from './operating/console-routes.ts';
import { mountIssuer } from './operating/issuer-routes.ts';
import { notAllowed, rememberPaths } from './operating/known-paths.ts';
import { logSerializers } from './operating/log-serializers.ts';
import { openRegistry, registerRequests } from './operating/metrics.ts';
import { operatingRoutes } from './operating/operating-routes.ts';
import { traceRequests } from './operating/request-traces.ts';
import { resourceMetadataRoutes } from './operating/resource-metadata.ts';
import { serializerCompiler, validatorCompiler } from './schema-compilers.ts';
import { openBrowsers } from './sign-in/open-browsers.ts';
import { signInRoutes } from './sign-in/routes.ts';
import type { App, ZodTypeProvider } from './zod.ts';

declare module 'fastify' {
  interface FastifyInstance {
    /** Of requests, the process and the queue. */
    metrics: Registry;
    /** What every answer has. */
    defaultHeaders: Readonly<Record<string, string>>;
  }
}

/** Of a body that is read whole, bytes: more than any criteria or request may have; a route that takes more says so. */
const MAX_BODY = 256 * 1024;

/** Every dialect there is. */
const dialects: readonly Dialect[] = [organizations, activityid, actions, taskV2];

/** The HTTP API, not listening yet. Closing it ends the event streams; the rest finishes. */
export function createApp(options: ApiOptions): App {
  const closing = new AbortController();
  const { pool, vitals, rateLimit: budget } = options;
  const limits = { ...HTTP_LIMITS, ...options.httpLimits };
  const securityHeaders = defaultHeaders(options.publicUrl);
  const protocolErrors = openProtocolErrors(envelopeOf, securityHeaders);
  const app = makeServer(options, limits, protocolErrors);
  const paths = rememberPaths(app);
  limitConnections(app.server, limits, options.proxies ?? []);
  const browsers = options.signIn && openBrowsers(app, options, options.signIn);
  const context: ApiContext = {
    ...options,
    quotas: createQuotas({ pool }, options.quotaLimits),
    closing: closing.signal,
    strangers: createAddressLimit(options.addressLimit),
    ...(browsers && { sessions: browsers.sessions }),
    ...(budget > 0 && { limiter: createRateLimiter({ pool: vitals, budget }) }),
  };
  const metrics = openRegistry({ pool: vitals });
  registerRequests(metrics, app);
  app.decorate('metrics', metrics).decorate('defaultHeaders', securityHeaders);
  protocolErrors.watch(app);
  acceptCompressed(app);
  honourExpectContinue(app);
  refuseSlowBodies(app, limits);
  app.addHook('onRequest', openScope);
  if (options.tracer) traceRequests(app, options.tracer);
  app.addHook('onRequest', async (request, reply) => {
    reply.headers({ 'x-request-id': request.id, ...securityHeaders });
  });
  shareWithOrigins(app, {
    origins: options.origins ?? [],
    paths,
    isShared: ({ url }) => dialectOf(pathOf(url)) !== undefined,
  });
  app.addHook('onRequest', async (request) => {
    if (!request.is404) return;
    // Before anything looks at the body: what is not there takes none.
    const methods = paths.methodsOf(request.url);
    throw methods.length > 0 ? notAllowed(methods) : nothingHere();
  });
  compressAnswers(app);
  app.addHook('onSend', lingerWhileSending(limits));
  app.decorateRequest('bySession', false);
  app.addHook('onSend', keepPrivate);
  app.addHook('preClose', async () => closing.abort());
  closeUnasked(app);
  app.addHook('onClose', async () => metrics.clear());
  app.setErrorHandler((error, request, reply) => fail(request, reply, error));
  app.setNotFoundHandler((request, reply) => fail(request, reply, nothingHere()));
  app.register(async (scope) => operatingRoutes(scope, context));
  app.register(async (scope) => resourceMetadataRoutes(scope, context));
  const { issuer, issuerUrl, version } = options;
  if (issuer) app.register(async (scope) => mountIssuer(scope, issuer, { issuerUrl, strangers: context.strangers }));
  if (browsers) app.register(async (scope) => signInRoutes(scope, context, browsers));
  const declared = mountDialects(app, context);
  const about = { version, ...(issuer && { tokenUrl: `${issuerUrl}/token` }) };
  app.register(async (scope) => openApiRoutes(scope, declared, about));
  app.register(async (scope) => consoleRoutes(scope));
  return app;
}

/** Adds every dialect, each in its own scope. @returns what their routes declare */
export function mountDialects(app: App, context: ApiContext): DialectRoutes[] {
  return dialects.map((dialect) => {
    const routes: DeclaredRoute[] = [];
    app.register(async (scope) => {
      collectRoutes(scope, routes);
      declareQueries(scope);
      dialect.routes(scope, context);
    });
    return { dialect, routes };
  });
}

function makeServer({ log, proxies }: ApiOptions, limits: HttpLimits, protocolErrors: ProtocolErrors): App {
  const loggerInstance: FastifyBaseLogger = log.child({}, { serializers: logSerializers });
  return fastify({
    loggerInstance,
    logController: new LogController({ requestIdLogLabel: 'requestId' }),
    genReqId: requestId,
    ...(proxies && { trustProxy: [...proxies] }),
    // Room for a token of 16 KB, the longest that is looked at, beside the other headers; a longer one is refused as a token.
    http: {
      maxHeaderSize: 32 * 1024,
      // It is asked for in the envelope of the path.
      requireHostHeader: false,
      headersTimeout: limits.headersMilliseconds,
      // How exactly that is kept.
      connectionsCheckingInterval: Math.ceil(limits.headersMilliseconds / 5),
    },
    bodyLimit: MAX_BODY,
    routerOptions: { ignoreTrailingSlash: true },
    // Requests on open connections during shutdown get normal responses; Fastify's own 503 has no dialect's body.
    return503OnClosing: false,
    frameworkErrors: (error, request, reply) => fail(request as FastifyRequest, reply as FastifyReply, error),
    clientErrorHandler: protocolErrors.answer,
  })
    .withTypeProvider<ZodTypeProvider>()
    .setValidatorCompiler(validatorCompiler)
    .setSerializerCompiler(serializerCompiler);
}

function nothingHere(): Refusal {
  return new Refusal('not_found', messages.not_found);
}

/** Answers in the envelope of the dialect whose prefix the path has; problem+json outside every prefix. */
function fail(request: FastifyRequest, reply: FastifyReply, error: unknown): void {
  sendFailure(request, reply, envelopeOf(pathOf(request.url)), error);
}

/** @param path without its query */
function envelopeOf(path: string): Envelope {
  return dialectOf(path)?.envelope ?? problemJson;
}

function dialectOf(path: string): Dialect | undefined {
  return dialects.find(({ prefix }) => isUnder(path, prefix));
}
