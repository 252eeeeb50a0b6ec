import { IconLanguage } from '@tabler/icons-react';
import { languages, useSpeech } from '../../say/language.tsx';
import { ChoiceMenu } from './ChoiceMenu.tsx';

/** Each language by its own name. */
const names = { en: languages.en.language, es: languages.es.language };

export function LanguageMenu() {
  const { say, language, setLanguage } = useSpeech();
  return (
    <ChoiceMenu
      label={say.frame.languages}
      icon={<IconLanguage size={20} aria-hidden />}
      value={language}
      choices={names}
      onChoose={setLanguage}
    />
  );
}
