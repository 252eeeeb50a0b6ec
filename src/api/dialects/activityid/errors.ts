import { z } from 'zod';
import type { Envelope } from '../../errors/envelope.ts';
import type { FailureCode } from '../../errors/failure.ts';
import { languageHeaders, languageOf, translated } from './messages.ts';

interface Wording {
  readonly status: number;
  /** Else the failure's own sentence. */
  readonly en?: string;
  readonly es: string;
}

/** docs/api/activityid.md "Errors": what has no code there has the one of its kind. */
const wordings = {
  not_found: {
    status: 404,
    en: 'Not found, or no longer available.',
    es: 'No se ha encontrado, o ya no está disponible.',
  },
  conflict: {
    status: 409,
    en: 'The state of the bulk does not allow this.',
    es: 'El estado del proceso no lo permite.',
  },
  key_reused: {
    status: 409,
    en: 'This Idempotency-Key was used for another request. Use a new key.',
    es: 'Esta Idempotency-Key se usó para otra petición. Use una clave nueva.',
  },
  outgrown: { status: 412, en: 'The previewed records have changed.', es: 'Los registros consultados han cambiado.' },
  related_entities: { status: 409, en: 'Other resources depend on it.', es: 'Otros recursos dependen de ello.' },
  invalid: { status: 400, en: 'The request is not valid.', es: 'La petición no es válida.' },
  wrong_parameters: { status: 400, en: 'The request is not valid.', es: 'La petición no es válida.' },
  malformed: { status: 400, en: 'The request cannot be read.', es: 'No se puede leer la petición.' },
  method_not_allowed: { status: 405, es: 'Esta ruta no admite este método.' },
  // Not like a wrong Content-Type: the rules for all dialects say 415.
  unsupported_encoding: {
    status: 415,
    en: 'This Content-Encoding is not supported.',
    es: 'No se admite este Content-Encoding.',
  },
  unsupported_media_type: {
    status: 400,
    en: 'This Content-Type is not supported.',
    es: 'No se admite este Content-Type.',
  },
  not_acceptable: {
    status: 400,
    en: 'No response of the requested type is available.',
    es: 'No hay respuesta del tipo que se pide.',
  },
  too_large: {
    status: 413,
    en: 'The body is larger than this server allows. Send it in several bulks.',
    es: 'El cuerpo es mayor de lo que admite este servidor. Envíelo en varios procesos.',
  },
  request_timeout: {
    status: 408,
    en: 'The request took too long to arrive.',
    es: 'La petición tardó demasiado en llegar.',
  },
  headers_too_large: {
    status: 431,
    en: 'The headers are larger than this server allows.',
    es: 'Las cabeceras son mayores de lo que admite este servidor.',
  },
  no_token: { status: 401, en: 'The request has no token.', es: 'La petición no lleva token.' },
  invalid_token: { status: 401, en: 'The token is not valid.', es: 'El token no es válido.' },
  insufficient_scope: {
    status: 403,
    en: 'The token does not have the required permission.',
    es: 'El token no tiene el permiso necesario.',
  },
  cross_site: {
    status: 403,
    en: 'A request with a session cookie must come from a page of this server.',
    es: 'Una petición con cookie debe venir de una página de este servidor.',
  },
  too_many_requests: {
    status: 429,
    en: 'Too many requests. Try again later.',
    es: 'Demasiadas peticiones. Inténtelo más tarde.',
  },
  too_many_tasks: {
    status: 429,
    es: 'La organización tiene demasiados procesos sin terminar. Espere a que terminen algunos.',
  },
  quota_exceeded: {
    status: 507,
    es: 'La organización no puede guardar más ficheros. Espere a que caduquen los de procesos terminados.',
  },
  store_full: {
    status: 507,
    es: 'El servidor no tiene espacio para guardar el fichero. No se ha recibido nada.',
  },
  issuer_unavailable: {
    status: 504,
    en: 'The OAuth server cannot be reached, so the token cannot be verified. Try again in a few seconds.',
    es: 'No se puede contactar con el servidor OAuth para verificar el token. Inténtelo en unos segundos.',
  },
  unavailable: {
    status: 503,
    es: 'El servidor no puede responder en este momento. Inténtelo en unos segundos.',
  },
  busy: {
    status: 503,
    es: 'Su organización tiene en curso tantas peticiones como el servidor admite a la vez. Inténtelo en unos segundos.',
  },
  too_slow: {
    status: 503,
    es: 'Ha tardado demasiado y se ha interrumpido. Pida menos de una vez o inténtelo en unos segundos.',
  },
  internal: {
    status: 500,
    en: 'The server could not process this request.',
    es: 'El servidor no pudo responder a esta petición.',
  },
} as const satisfies Record<FailureCode, Wording>;

export const errorEnvelope = z.object({ result: z.object({ status: z.number(), message: z.string() }) });

/** `{ "result": { "status", "message" } }`: without `content`, in the language that the request asks for. */
export const envelope: Envelope = {
  word({ code, message, problems }, { acceptLanguage }) {
    const language = languageOf(acceptLanguage);
    const wording: Wording = wordings[code];
    const details = problems.map(({ field, message: problem }) => `${field} ${translated(problem, language)}`);
    const sentence = wording[language] ?? message;
    const result = { status: wording.status, message: [sentence, ...details].join(' ') };
    return {
      status: wording.status,
      contentType: 'application/json; charset=utf-8',
      body: errorEnvelope.parse({ result }),
      headers: languageHeaders(language),
    };
  },
};
