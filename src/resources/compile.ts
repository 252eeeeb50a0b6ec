import type { Resource } from './resource.ts';
export function compileStored(_: unknown): Resource | undefined {
  return undefined;
}
