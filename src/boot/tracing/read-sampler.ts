import { getNumberFromEnv, getStringFromEnv } from '@opentelemetry/core';
import {
  AlwaysOffSampler,
  AlwaysOnSampler,
  ParentBasedSampler,
  type Sampler,
  TraceIdRatioBasedSampler,
} from '@opentelemetry/sdk-trace';

const DEFAULT = 'parentbased_always_on';

const SAMPLERS: Readonly<Record<string, (ratio: number) => Sampler>> = {
  always_on: () => new AlwaysOnSampler(),
  always_off: () => new AlwaysOffSampler(),
  traceidratio: (ratio) => new TraceIdRatioBasedSampler(ratio),
  parentbased_always_on: () => new ParentBasedSampler({ root: new AlwaysOnSampler() }),
  parentbased_always_off: () => new ParentBasedSampler({ root: new AlwaysOffSampler() }),
  parentbased_traceidratio: (ratio) => new ParentBasedSampler({ root: new TraceIdRatioBasedSampler(ratio) }),
};

/** Which traces are kept, by `OTEL_TRACES_SAMPLER` and `OTEL_TRACES_SAMPLER_ARG`: the library leaves these to the program. */
export function readSampler(warn: (message: string) => void): Sampler {
  const name = getStringFromEnv('OTEL_TRACES_SAMPLER') ?? DEFAULT;
  const known = Object.hasOwn(SAMPLERS, name);
  if (!known) warn(`OTEL_TRACES_SAMPLER is not one of ${Object.keys(SAMPLERS).join(', ')}; using ${DEFAULT}`);
  const make = SAMPLERS[known ? name : DEFAULT] as (ratio: number) => Sampler;
  return make(getNumberFromEnv('OTEL_TRACES_SAMPLER_ARG') ?? 1);
}
