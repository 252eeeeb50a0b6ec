/** Settings by which tokens are made, or others are asked about them. */
const OF_TOKENS = /^OPENBULK_(?:SECRET_KEY(?:_\w+)?|\w+_SECRET|TOKEN)$/;

/** The environment of a worker, which issues no tokens and asks nobody about any: what that takes it does not get. */
export function workerEnvironment(env: NodeJS.ProcessEnv, logLevel: string): NodeJS.ProcessEnv {
  const needed = Object.entries(env).filter(([name]) => !OF_TOKENS.test(name));
  return { ...Object.fromEntries(needed), OPENBULK_LOG: logLevel };
}
