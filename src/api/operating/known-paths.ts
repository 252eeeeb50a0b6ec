import findMyWay from 'find-my-way';
import { Refusal } from '../errors/failure.ts';
import type { App } from '../zod.ts';

/** Which methods a path has, whichever it is asked with. */
export interface KnownPaths {
  /** @returns none where nothing is */
  methodsOf(url: string): readonly string[];
}

/**
 * Remembers every route that is added from now on. Fastify's own router, which has a tree for each method, does not tell them: this one has
 * a single tree and reads paths like it.
 */
export function rememberPaths(app: App): KnownPaths {
  const router = findMyWay({ ignoreTrailingSlash: true });
  const methodsByPath = new Map<string, Set<string>>();
  app.addHook('onRoute', ({ method, url }) => {
    const path = url.replace(/(?<=.)\/$/, '');
    const known = methodsByPath.get(path);
    const methods = known ?? new Set();
    for (const each of [method].flat()) methods.add(each);
    if (known) return;
    methodsByPath.set(path, methods);
    router.on('GET', path, () => {}, methods);
  });
  return { methodsOf: (url) => [...((router.find('GET', url)?.store as Set<string> | undefined) ?? [])].sort() };
}

/** RFC 9110 §15.5.6. It looks at the path alone, so that it tells nothing of what is there. */
export function notAllowed(methods: readonly string[]): Refusal {
  const allow = methods.join(', ');
  return new Refusal('method_not_allowed', `This path does not support this method; it supports ${allow}.`, {
    headers: { allow },
  });
}
