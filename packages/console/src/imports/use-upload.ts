import type { SubmittedTask, UploadProgress } from '@openbulk/client';
import { useMutation } from '@tanstack/react-query';
import { useEffect, useRef, useState } from 'react';
import { openbulk } from '../client.ts';
import { type Draft, orderOf } from './order.ts';

export interface Upload {
  readonly sending: boolean;
  readonly progress: UploadProgress | undefined;
  /** Why the file was not taken. */
  readonly error: Error | null;
  /** Whether it was stopped here. */
  readonly stopped: boolean;
  start(draft: Draft): void;
  stop(): void;
}

/** Uploads a file. Whoever leaves the page stops it. */
export function useUpload(organization: string, onDone: (task: SubmittedTask) => void): Upload {
  const [progress, setProgress] = useState<UploadProgress>();
  const stopping = useRef<AbortController>(undefined);
  const { mutate, isPending, error } = useMutation({
    mutationFn({ file, ...draft }: Draft) {
      if (!file) throw new Error('There is no file.');
      const { signal } = stopping.current ?? new AbortController();
      const order = { organization, file, ...orderOf({ file, ...draft }) };
      return openbulk.submitImport(order, { signal, onProgress: setProgress });
    },
    onSuccess: onDone,
  });
  useEffect(() => () => stopping.current?.abort(), []);
  return {
    sending: isPending,
    progress,
    error,
    stopped: stopping.current?.signal.aborted === true,
    start(draft) {
      stopping.current = new AbortController();
      setProgress(undefined);
      mutate(draft);
    },
    stop: () => stopping.current?.abort(),
  };
}
