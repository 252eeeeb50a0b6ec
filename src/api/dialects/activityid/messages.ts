import { fieldMessages, messages } from '../../errors/messages.ts';
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

/** Messages of successful responses. */
export const successes = {
  received: { en: 'The bulk was received.', es: 'Se ha recibido el proceso masivo.' },
  listed: { en: 'The bulks that are still retained.', es: 'Los procesos masivos que aún se conservan.' },
  found: { en: 'The status of the bulk.', es: 'El estado del proceso masivo.' },
  results: { en: 'The results of the bulk.', es: 'Los resultados del proceso masivo.' },
} as const satisfies Record<string, Readonly<Record<Language, string>>>;

/** Spanish translations of the English messages of this dialect that follow the sentence of a failure's code. */
const spanish: ReadonlyMap<string, string> = new Map([
  [fieldMessages.wholeNumberIn(1, 1000), 'debe ser un número entero de 1 a 1000'],
  [fieldMessages.lastId, 'debe ser el lastId de una respuesta anterior'],
  [fieldMessages.boolean, 'debe ser true, false, 1 o 0'],
  [fieldMessages.repeated, 'está más de una vez'],
  [fieldMessages.idempotencyKey, 'debe tener de 1 a 255 caracteres ASCII visibles'],
  [
    'must be application/jsonl, application/x-ndjson or application/x-jsonlines',
    'debe ser application/jsonl, application/x-ndjson o application/x-jsonlines',
  ],
  ['must have the charset utf-8, if any', 'debe tener el charset utf-8, si indica alguno'],
  ['must be one of gzip, deflate, br, zstd', 'debe ser gzip, deflate, br o zstd'],
  [messages.body_continues, 'tiene datos tras el final de su contenido comprimido. Comprímalo en un solo flujo.'],
  [messages.body_does_not_match_encoding, 'no coincide con su Content-Encoding o está incompleto.'],
  [
    'is empty: send one JSON object a line, such as {"object_id":"1","name":"Ann"}',
    'está vacío: envíe un objeto JSON por línea, como {"object_id":"1","name":"Ann"}',
  ],
  [messages.body_incomplete, 'está incompleto.'],
  [messages.url_encoding, 'no está codificada correctamente.'],
  [fieldMessages.organization, 'debe indicar una de las organizaciones a las que el token tiene acceso'],
]);

const UNKNOWN = /^is not a parameter of this request; its parameters are (.+)$/;

/** The problem of a member of a request, in a language; in English if there is no translation. */
export function translated(message: string, language: Language): string {
  if (language === 'en') return message;
  const known = UNKNOWN.exec(message)?.[1];
  if (known === undefined) return spanish.get(message) ?? message;
  return `no es un parámetro de esta petición; sus parámetros son ${known === 'none' ? 'ninguno' : known}`;
}
