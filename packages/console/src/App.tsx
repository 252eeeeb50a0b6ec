import '@mantine/core/styles.css';
import '@mantine/notifications/styles.css';
import './styles/tokens.css';
import './styles/page.css';
import { MantineProvider, mergeThemeOverrides, Notification } from '@mantine/core';
import { Notifications } from '@mantine/notifications';
import { QueryClientProvider } from '@tanstack/react-query';
import { RouterProvider } from '@tanstack/react-router';
import { type ReactNode, StrictMode, useMemo } from 'react';
import { createQueryClient } from './queries.ts';
import { router } from './router.tsx';
import { SpeechProvider, useSpeech } from './say/language.tsx';
import { theme } from './theme.ts';

const queries = createQueryClient();

export function App() {
  return (
    <StrictMode>
      <SpeechProvider>
        <Themed>
          <Notifications position="bottom-right" />
          <QueryClientProvider client={queries}>
            <RouterProvider router={router} />
          </QueryClientProvider>
        </Themed>
      </SpeechProvider>
    </StrictMode>
  );
}

/** Mantine's variables and classes come from its style sheet and ours: it would write them into the page, which the policy forbids. */
function Themed({ children }: { readonly children: ReactNode }) {
  const { say } = useSpeech();
  const spoken = useMemo(() => {
    const notification = Notification.extend({ defaultProps: { closeButtonProps: { 'aria-label': say.close } } });
    return mergeThemeOverrides(theme, { components: { Notification: notification } });
  }, [say]);
  return (
    <MantineProvider theme={spoken} defaultColorScheme="auto" withCssVariables={false} withGlobalClasses={false}>
      {children}
    </MantineProvider>
  );
}
