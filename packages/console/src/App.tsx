import '@mantine/core/styles.css';
import '@mantine/notifications/styles.css';
import './styles/tokens.css';
import './styles/page.css';
import { MantineProvider } from '@mantine/core';
import { Notifications } from '@mantine/notifications';
import { QueryClientProvider } from '@tanstack/react-query';
import { RouterProvider } from '@tanstack/react-router';
import { StrictMode } from 'react';
import { createQueryClient } from './queries.ts';
import { router } from './router.tsx';
import { SpeechProvider } from './say/language.tsx';
import { theme } from './theme.ts';

const queries = createQueryClient();

/** Mantine's variables and classes come from its style sheet and ours: it would write them into the page, which the policy forbids. */
export function App() {
  return (
    <StrictMode>
      <SpeechProvider>
        <MantineProvider theme={theme} defaultColorScheme="auto" withCssVariables={false} withGlobalClasses={false}>
          <Notifications position="bottom-right" />
          <QueryClientProvider client={queries}>
            <RouterProvider router={router} />
          </QueryClientProvider>
        </MantineProvider>
      </SpeechProvider>
    </StrictMode>
  );
}
