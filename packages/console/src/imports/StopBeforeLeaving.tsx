import { useBlocker } from '@tanstack/react-router';
import { Confirm } from '../parts/Confirm.tsx';
import { useSpeech } from '../say/language.tsx';
import type { UploadState } from './check/use-upload.ts';

interface Props {
  readonly upload: UploadState;
  /** Whether something was said that is not submitted yet. */
  readonly touched: boolean;
}

/** Asks for confirmation before leaving during an upload, which would stop, and before closing the page, which discards the work. */
export function StopBeforeLeaving({ upload, touched }: Props) {
  const { imports: words } = useSpeech().say;
  const { isSending, stop } = upload;
  const leaving = useBlocker({
    shouldBlockFn: isSending,
    enableBeforeUnload: () => touched || isSending(),
    withResolver: true,
  });
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
