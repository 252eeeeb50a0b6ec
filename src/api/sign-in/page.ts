import type { FastifyReply } from 'fastify';
import { pageHeaders } from '../http/headers/response/page-headers.ts';
import { ownPath, type Whereabouts } from '../own-url.ts';
import { type Html, html } from './html.ts';
import { languageOf, type Texts, texts } from './texts.ts';

/** What a page is, in a language. */
export interface Page {
  readonly title: string;
  /** What went wrong with the form on it: told first, and in the title, so that it is heard. */
  readonly problem?: string | undefined;
  readonly body: Html;
}

/** Sends a page of plain HTML in the language that the browser asks for; it needs no script. */
export function sendPage(
  place: Whereabouts,
  reply: FastifyReply,
  status: number,
  make: (say: Texts) => Page,
): FastifyReply {
  const language = languageOf(reply.request.headers['accept-language']);
  const say = texts[language];
  const { title, problem, body } = make(say);
  const page = html`<!doctype html>
<html lang="${language}">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <meta name="color-scheme" content="light dark">
    <title>${problem && `${say.error}: `}${title} – OpenBulk</title>
    <link rel="icon" href="data:,">
    <link rel="stylesheet" href="${ownPath(place)}/auth/page.css">
  </head>
  <body>
    <main>
      <p class="product">OpenBulk</p>
      <h1>${title}</h1>
      ${problem && html`<p id="problem" role="alert">${problem}</p>`}
      ${body}
    </main>
  </body>
</html>
`;
  return reply
    .code(status)
    .headers({
      ...pageHeaders,
      'cache-control': 'no-store',
      'content-language': language,
      vary: 'Accept-Language',
    })
    .type('text/html; charset=utf-8')
    .send(page.text);
}

/** Tells that something cannot be gone on with, and where to begin again. */
export function sendDeadEnd(
  place: Whereabouts,
  reply: FastifyReply,
  status: number,
  why: 'failed' | 'gone' | 'unavailable' | 'crowded',
): FastifyReply {
  return sendPage(place, reply, status, (say) => ({
    title: say[why],
    body: html`<p>${say[`${why}Help`]}</p>
      <p><a class="button" href="${ownPath(place)}/auth/sign-in">${say.again}</a></p>`,
  }));
}

export interface Field {
  readonly name: string;
  readonly label: string;
  readonly type?: 'password';
  readonly autocomplete: 'username' | 'current-password' | 'new-password';
  readonly value?: string;
  readonly hint?: string;
  /** The one to begin with. */
  readonly focus?: boolean;
  readonly fixed?: boolean;
  readonly wrong?: boolean;
}

/** A field with its label, what it may hold, and what is wrong with it. */
export function field({ name, label, type, autocomplete, value, hint, focus, fixed, wrong }: Field): Html {
  const described = [hint && `${name}-hint`, wrong && 'problem'].filter(Boolean).join(' ');
  return html`<label for="${name}">${label}</label>
      ${hint && html`<p class="hint" id="${name}-hint">${hint}</p>`}
      <input id="${name}" name="${name}" type="${type ?? 'text'}" autocomplete="${autocomplete}" required
        autocapitalize="none" spellcheck="false"${value !== undefined && html` value="${value}"`}${
          described !== '' && html` aria-describedby="${described}"`
        }${wrong && html` aria-invalid="true"`}${fixed && html` readonly`}${focus && html` autofocus`}>`;
}
