import { useMemo } from 'react';
import type { Messages } from '../say/en.ts';
import { useSpeech } from '../say/language.tsx';
import { verbOf } from './actions.ts';
import { labelOf } from './declaration.ts';
import { type Summary, useSummaries } from './queries.ts';

/** What an action does, in words. One of a resource without a label, or that is not there (any more), is called as the server calls it. */
function nameAction(action: string, summaries: readonly Summary[], say: Messages, language: string): string {
  const verb = verbOf(action);
  const resource = verb && summaries.find(({ name }) => action === `${verb}-${name}`);
  const label = resource && labelOf(resource, '', language);
  return label ? say.actions[verb](withinSentence(label)) : action;
}

/** A label behind another word: `Devices` is `devices`; `MDM users` stays. */
function withinSentence(label: string): string {
  return /^\p{Lu}(?!\p{Lu})/u.test(label) ? label.charAt(0).toLowerCase() + label.slice(1) : label;
}

/** Names actions in the language of the page. */
export function useActionNames(): (action: string) => string {
  const { say, language } = useSpeech();
  const summaries = useSummaries();
  return useMemo(() => (action) => nameAction(action, summaries, say, language), [summaries, say, language]);
}
