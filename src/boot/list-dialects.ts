import { fastify } from 'fastify';
import { mountDialects } from '../api/app.ts';
import type { ApiContext } from '../api/context.ts';
import type { DialectRoutes } from '../api/openapi/declared-route.ts';
import { serializerCompiler, validatorCompiler } from '../api/schema-compilers.ts';
import type { ZodTypeProvider } from '../api/zod.ts';

/** Every dialect with its routes, without a database: a dialect uses its context when a request comes, and here none does. */
export async function listDialects(): Promise<DialectRoutes[]> {
  const app = fastify()
    .withTypeProvider<ZodTypeProvider>()
    .setValidatorCompiler(validatorCompiler)
    .setSerializerCompiler(serializerCompiler);
  const dialects = mountDialects(app, {} as ApiContext);
  await app.ready();
  await app.close();
  return dialects;
}
