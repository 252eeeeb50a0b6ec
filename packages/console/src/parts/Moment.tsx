import { Tooltip } from '@mantine/core';
import { useSpeech } from '../say/language.tsx';
import classes from './parts.module.css';

/** A time as the viewer writes it; to the second, with its zone, in a tooltip. @param at RFC 3339 */
export function Moment({ at }: { readonly at: string }) {
  const { format } = useSpeech();
  const date = new Date(at);
  return (
    <Tooltip label={format.exact(date)}>
      <time className={classes.time} dateTime={at}>
        {format.moment(date)}
      </time>
    </Tooltip>
  );
}
