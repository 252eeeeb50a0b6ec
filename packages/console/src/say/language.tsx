import { createContext, type ReactNode, use, useEffect, useMemo, useState } from 'react';
import { en, type Messages } from './en.ts';
import { es } from './es.ts';
import { type Format, formatsOf } from './format.ts';

export const languages = { en, es } as const satisfies Record<string, Messages>;
export type Language = keyof typeof languages;

const STORED = 'openbulk-language';

interface Speech {
  readonly language: Language;
  readonly say: Messages;
  readonly format: Format;
  setLanguage(language: Language): void;
}

const SpeechContext = createContext<Speech | undefined>(undefined);

/** Says everything below it in the language that was chosen here before, or else the one of the browser. */
export function SpeechProvider({ children }: { readonly children: ReactNode }) {
  const [language, choose] = useState(() => preferred(localStorage.getItem(STORED), navigator.languages));
  useEffect(() => {
    document.documentElement.lang = language;
  }, [language]);
  const speech = useMemo<Speech>(
    () => ({
      language,
      say: languages[language],
      format: formatsOf(localeFor(language, navigator.languages)),
      setLanguage(chosen) {
        localStorage.setItem(STORED, chosen);
        choose(chosen);
      },
    }),
    [language],
  );
  return <SpeechContext value={speech}>{children}</SpeechContext>;
}

export function useSpeech(): Speech {
  const speech = use(SpeechContext);
  if (!speech) throw new Error('There is no SpeechProvider above.');
  return speech;
}

/** @param wanted tags by preference, such as `es-MX` */
export function preferred(stored: string | null, wanted: readonly string[]): Language {
  const known = (name: string): name is Language => Object.hasOwn(languages, name);
  if (stored !== null && known(stored)) return stored;
  return wanted.map((tag) => tag.split('-')[0] ?? '').find(known) ?? 'en';
}

/** The viewer's own kind of a language: who reads Spanish and prefers `es-MX` gets dates as in Mexico. */
export function localeFor(language: Language, wanted: readonly string[]): string {
  return wanted.find((tag) => tag === language || tag.startsWith(`${language}-`)) ?? language;
}
