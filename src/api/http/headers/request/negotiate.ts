interface Range {
  readonly type: string;
  /** 0 to 1. */
  readonly quality: number;
}

/**
 * Which of the offered media types an `Accept` header likes best (RFC 9110 §12.5.1). Of types liked equally, one that it names
 * beats one that it only includes (`application/json, *\/*` wants JSON); after that the first offered. Without a header, that one.
 *
 * @returns `undefined` when it takes none of them
 */
export function negotiate<Type extends string>(accept: string | undefined, offered: readonly Type[]): Type | undefined {
  if (accept === undefined || accept.trim() === '') return offered[0];
  const ranges = accept.split(',').map(parseRange);
  let best: { type: Type; quality: number; specificity: number } | undefined;
  for (const type of offered) {
    const fit = mostSpecific(ranges, type);
    if (!fit || fit.quality === 0) continue;
    const better =
      !best || fit.quality > best.quality || (fit.quality === best.quality && fit.specificity > best.specificity);
    if (better) best = { type, ...fit };
  }
  return best?.type;
}

/**
 * Which of the offered content codings an `Accept-Encoding` header likes best (RFC 9110 §12.5.3); of those liked equally the first offered.
 *
 * @returns `undefined` when it takes none of them, or likes it better to have none
 */
export function negotiateCoding<Coding extends string>(
  acceptEncoding: string | undefined,
  offered: readonly Coding[],
): Coding | undefined {
  if (!acceptEncoding) return undefined;
  const qualities = new Map(
    acceptEncoding
      .split(',')
      .map(parseRange)
      .map(({ type, quality }) => [type, quality]),
  );
  const rest = qualities.get('*') ?? 0;
  const qualityOf = (coding: string) => qualities.get(coding) ?? rest;
  const [best] = offered.toSorted((a, b) => qualityOf(b) - qualityOf(a));
  if (best === undefined || qualityOf(best) === 0) return undefined;
  return qualityOf(best) >= (qualities.get('identity') ?? 0) ? best : undefined;
}

function parseRange(text: string): Range {
  const [type = '', ...parameters] = text.split(';').map((part) => part.trim().toLowerCase());
  const given = parameters.find((parameter) => parameter.startsWith('q='))?.slice(2);
  const quality = given === undefined ? 1 : Number(given);
  return { type, quality: quality >= 0 && quality <= 1 ? quality : 0 };
}

function mostSpecific(ranges: readonly Range[], type: string): { quality: number; specificity: number } | undefined {
  const names = ['*/*', `${type.split('/')[0]}/*`, type];
  return ranges
    .map((range) => ({ quality: range.quality, specificity: names.indexOf(range.type) }))
    .filter(({ specificity }) => specificity >= 0)
    .sort((a, b) => b.specificity - a.specificity)[0];
}

/**
 * Which of the offered languages, given by their primary subtags, an `Accept-Language` header likes best (RFC 9110 §12.5.4; the
 * lookup of RFC 4647 §3.4: `es-MX` is content with `es`). Of those liked equally the one that it names first; the first
 * offered when it has none of them, or there is no header: an answer in some language is better than none. Java's own spelling, `es_ES`,
 * is taken as `es-ES`.
 */
export function negotiateLanguage<Language extends string>(
  acceptLanguage: string | undefined,
  offered: readonly [Language, ...Language[]],
): Language {
  const ranges = (acceptLanguage ?? '').replaceAll('_', '-').split(',').map(parseRange);
  const refused = new Set(ranges.filter(({ quality }) => quality === 0).map(({ type }) => type));
  const rest = offered.filter((language) => !refused.has(language));
  for (const { type, quality } of ranges.toSorted((a, b) => b.quality - a.quality)) {
    if (quality === 0) break;
    const found = rest.find((language) => type === '*' || type === language || type.startsWith(`${language}-`));
    if (found) return found;
  }
  return offered[0];
}
