import { OpenBulkError, type SubmittedTask, type UploadProgress } from '@openbulk/client';
import { useMutation } from '@tanstack/react-query';
import { useCallback, useEffect, useRef, useState } from 'react';
import { openbulk } from '../../client.ts';
import { readStart } from '../file/local-file.ts';
import type { Order } from './order.ts';

export interface Submission {
  readonly file: File;
  readonly order: Order;
}

export interface UploadState {
  readonly sending: boolean;
  /** What is, or was last, sent. */
  readonly submission: Submission | undefined;
  readonly progress: UploadProgress | undefined;
  /** Why the file was not taken. */
  readonly error: Error | null;
  /** Whether it was stopped here. */
  readonly stopped: boolean;
  start(submission: Submission): void;
  stop(): void;
  /** Forgets what was not taken. */
  reset(): void;
  /** Whether something is on its way at this moment, whatever was last drawn. */
  isSending(): boolean;
}

/** Uploads a file. Whoever leaves the page stops it. */
export function useUpload(
  organization: string,
  onDone: (task: SubmittedTask, submission: Submission) => void,
): UploadState {
  const [progress, setProgress] = useState<UploadProgress>();
  const stopping = useRef<AbortController>(undefined);
  const sending = useRef(false);
  const { mutate, isPending, error, variables, reset } = useMutation({
    async mutationFn({ file, order }: Submission) {
      const { signal } = stopping.current ?? new AbortController();
      try {
        // What was changed since it was chosen breaks off every attempt: better to know it before there is one.
        await readStart(file, 1);
        return await openbulk.submitImport({ organization, file, ...order }, { signal, onProgress: setProgress });
      } catch (failure) {
        if (failure instanceof OpenBulkError && failure.code === 'unreachable') await readStart(file, 1);
        throw failure;
      } finally {
        sending.current = false;
      }
    },
    onSuccess: onDone,
  });
  useEffect(() => () => stopping.current?.abort(), []);
  return {
    sending: isPending,
    submission: variables,
    progress,
    error,
    stopped: stopping.current?.signal.aborted === true,
    start(submission) {
      stopping.current = new AbortController();
      sending.current = true;
      setProgress(undefined);
      mutate(submission);
    },
    stop: useCallback(() => stopping.current?.abort(), []),
    reset,
    isSending: useCallback(() => sending.current, []),
  };
}
