import { useBlocker } from '@tanstack/react-router';
import { Confirm } from '../parts/Confirm.tsx';
import { useSpeech } from '../say/language.tsx';
import type { Upload } from './use-upload.ts';

/** Asks whoever is about to leave during an upload: it would stop. */
export function StopBeforeLeaving({ upload }: { readonly upload: Upload }) {
  const { imports: words } = useSpeech().say;
  const { isSending, stop } = upload;
  const leaving = useBlocker({ shouldBlockFn: isSending, enableBeforeUnload: isSending, withResolver: true });
  return (
    <Confirm
      opened={leaving.status === 'blocked'}
      title={words.leave}
      yes={words.stop}
      no={words.stay}
      busy={false}
      onYes={() => {
        stop();
        leaving.proceed?.();
      }}
      onNo={() => leaving.reset?.()}
    >
      {words.leaveHelp}
    </Confirm>
  );
}
