import { useMantineColorScheme } from '@mantine/core';
import { IconDeviceDesktop, IconMoon, IconSun } from '@tabler/icons-react';
import { useSpeech } from '../../say/language.tsx';
import { ChoiceMenu } from './ChoiceMenu.tsx';

const icons = { auto: IconDeviceDesktop, light: IconSun, dark: IconMoon } as const;

export function ThemeMenu() {
  const { frame } = useSpeech().say;
  // Holding back transitions meanwhile would take a style element in the page, which the policy forbids.
  const { colorScheme, setColorScheme } = useMantineColorScheme({ keepTransitions: true });
  const Icon = icons[colorScheme];
  return (
    <ChoiceMenu
      label={frame.theme}
      icon={<Icon size={20} aria-hidden />}
      value={colorScheme}
      choices={frame.themes}
      onChoose={setColorScheme}
    />
  );
}
