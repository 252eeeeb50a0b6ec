import { Button } from '@mantine/core';
import { useSpeech } from '../../../say/language.tsx';
import classes from '../lines.module.css';

interface Props {
  readonly loaded: number;
  readonly total: number | undefined;
  /** More could not be loaded. */
  readonly failed: boolean;
  readonly more: boolean;
  onRetry(): void;
}

/** How many of the lines are there already. The others come as one scrolls. */
export function LoadedLines({ loaded, total, failed, more, onRetry }: Props) {
  const { say, format } = useSpeech();
  const count = format.count(loaded);
  return (
    <div className={classes.more}>
      <span>
        {total === undefined ? say.lines.loadedSome(count) : say.lines.loaded(count, format.count(total))}
        {more && !failed && ` ${say.lines.scroll}`}
      </span>
      {failed && (
        <span role="alert">
          {say.lines.moreFailed}{' '}
          <Button variant="default" size="xs" onClick={() => onRetry()}>
            {say.retry}
          </Button>
        </span>
      )}
    </div>
  );
}
