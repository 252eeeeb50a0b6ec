import { negotiateLanguage } from '../../http/headers/request/negotiate.ts';

/** The languages of the dialect (docs/api/activityid.md "Answers"); the first where a request wants none of them. */
export const languages = ['en', 'es'] as const;
export type Language = (typeof languages)[number];

/** The language of an answer. */
export function languageOf(acceptLanguage: string | undefined): Language {
  return negotiateLanguage(acceptLanguage, languages);
}

/** The headers of every answer: what it says depends on the language that was asked for. */
export function languageHeaders(language: Language): { 'content-language': Language; vary: 'Accept-Language' } {
  return { 'content-language': language, vary: 'Accept-Language' };
}

/** What successful answers say. */
export const successes = {
  received: { en: 'The bulk was received.', es: 'Se ha recibido el proceso masivo.' },
  listed: { en: 'The bulks that are still retained.', es: 'Los procesos masivos que aún se conservan.' },
  found: { en: 'The status of the bulk.', es: 'El estado del proceso masivo.' },
  results: { en: 'The results of the bulk.', es: 'Los resultados del proceso masivo.' },
} as const satisfies Record<string, Readonly<Record<Language, string>>>;

/** In Spanish, what a request of this dialect can be told in English beside the sentence of its failure's code. */
const spanish: ReadonlyMap<string, string> = new Map([
  ['must be a whole number from 1 to 1000', 'debe ser un número entero de 1 a 1000'],
  ['must be the lastId of an earlier answer', 'debe ser el lastId de una respuesta anterior'],
  ['must be true or false', 'debe ser true o false'],
  ['is given twice', 'está dos veces'],
  ['must have 1 to 255 visible ASCII characters', 'debe tener de 1 a 255 caracteres ASCII visibles'],
  [
    'must be application/jsonl, application/x-ndjson or application/x-jsonlines',
    'debe ser application/jsonl, application/x-ndjson o application/x-jsonlines',
  ],
  ['must be utf-8 where a charset is named', 'debe ser utf-8 si se indica un charset'],
  ['must be one of gzip, deflate, br, zstd', 'debe ser gzip, deflate, br o zstd'],
  [
    'The body goes on behind the end of what its Content-Encoding says: compress it in one piece.',
    'sigue tras el final de lo que dice su Content-Encoding: comprímalo de una pieza.',
  ],
  [
    'The body is not what its Content-Encoding says, or ends before it is complete.',
    'no es lo que dice su Content-Encoding, o termina antes de estar completo.',
  ],
  [
    'is empty: send one JSON object a line, such as {"object_id":"1","name":"Ann"}',
    'está vacío: envíe un objeto JSON por línea, como {"object_id":"1","name":"Ann"}',
  ],
  ['The body ends before it is complete.', 'termina antes de estar completo.'],
  ['The URL is not encoded as it must be.', 'no está codificada como debe.'],
  [
    'must name one of the organizations that the token may see',
    'debe indicar una de las organizaciones que el token puede ver',
  ],
]);

const UNKNOWN = /^is no parameter of this request, which takes (.+)$/;

/** What is wrong with a member of a request, in a language; in English where there is no translation. */
export function translated(message: string, language: Language): string {
  if (language === 'en') return message;
  const known = UNKNOWN.exec(message)?.[1];
  if (known === undefined) return spanish.get(message) ?? message;
  return `no es un parámetro de esta petición, que ${known === 'none' ? 'no admite ninguno' : `admite ${known}`}`;
}
