import type { KeyboardEvent } from 'react';
import classes from '../lines.module.css';

interface Props {
  readonly value: string;
  readonly changed: boolean;
  readonly fault: boolean;
  /** Names the line and the column. */
  readonly label: string;
  /** The id of the reason. */
  readonly describedBy: string | undefined;
  onChange(value: string): void;
}

/** A cell that is corrected. Enter, and the arrows up and down, go to the same column of another line, as in a spreadsheet. */
export function CellInput({ value, changed, fault, label, describedBy, onChange }: Props) {
  const attributes = {
    className: classes.input,
    value,
    'aria-label': label,
    'aria-describedby': describedBy,
    'aria-invalid': fault && !changed,
    'data-changed': changed,
    spellCheck: false,
    autoComplete: 'off',
    onChange: ({ currentTarget }: { currentTarget: { value: string } }) => onChange(currentTarget.value),
  };
  // An input would take the line breaks out of its text.
  if (value.includes('\n') || value.includes('\r')) return <textarea rows={2} {...attributes} />;
  return <input type="text" onKeyDown={moveOn} {...attributes} />;
}

const STEPS: Readonly<Record<string, 1 | -1>> = { Enter: 1, ArrowDown: 1, ArrowUp: -1 };

function moveOn(event: KeyboardEvent<HTMLInputElement>): void {
  const step = STEPS[event.key];
  if (step === undefined || event.nativeEvent.isComposing) return;
  event.preventDefault();
  const cell = event.currentTarget.closest('td');
  const row = cell?.parentElement;
  const other = step > 0 ? row?.nextElementSibling : row?.previousElementSibling;
  const place = cell && row ? [...row.children].indexOf(cell) : -1;
  other?.children[place]?.querySelector<HTMLElement>('input, textarea')?.focus();
}
