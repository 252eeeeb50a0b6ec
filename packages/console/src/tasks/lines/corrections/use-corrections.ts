import { useMemo, useState } from 'react';
import type { Correcting } from '../table/LineRow.tsx';
import { type Corrections, correct, undo } from './corrections.ts';

interface State {
  /** Whether the lines with errors are being corrected in the page. */
  readonly editing: boolean;
  readonly corrections: Corrections;
  /** Columns of the file. */
  readonly width: number;
}

const NONE: State = { editing: false, corrections: new Map(), width: 0 };

/** The lines that are corrected in the page and not sent yet, whichever of them are shown. */
export function useCorrections() {
  const [state, setState] = useState(NONE);
  const ways = useMemo(() => {
    const correcting: Correcting = {
      change: (line, change) =>
        setState(({ editing, corrections }) => ({
          editing,
          corrections: correct(corrections, line, change),
          width: change.width,
        })),
      undo: ({ line }) => setState((known) => ({ ...known, corrections: undo(known.corrections, line) })),
    };
    return { correcting, start: () => setState({ ...NONE, editing: true }), stop: () => setState(NONE) };
  }, []);
  return { ...state, ...ways };
}

export type Corrector = ReturnType<typeof useCorrections>;
