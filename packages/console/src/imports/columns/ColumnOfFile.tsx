import { useSpeech } from '../../say/language.tsx';
import { type Choice, isPlaced } from './mapping.ts';

/** A column of the file: its name, and its place where that alone tells it from others. */
export function ColumnOfFile({ header, name, place }: Choice) {
  const { say, format } = useSpeech();
  const words = say.imports;
  if (!isPlaced(header, place)) return name;
  return (
    <>
      {name || <em>{words.unnamed}</em>} {words.placed(format.count(place))}
    </>
  );
}
