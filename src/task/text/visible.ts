const INVISIBLE = /\p{Default_Ignorable_Code_Point}/gu;

/**
 * A text without invisible characters: those with Unicode's property Default_Ignorable_Code_Point, such as U+200B, U+00AD and
 * U+202A. What copying from a page or a table program leaves around a value.
 */
export function visible(text: string): string {
  return isAscii(text) ? text : text.replace(INVISIBLE, '').trim();
}

/** A text as it tells a record, or names a column: visible, and in Unicode's normal form NFC, so that each way to write a character is one. */
export function comparable(text: string): string {
  return isAscii(text) ? text : visible(text).normalize('NFC');
}

/** The same of a text in upper or lower case: lower case is not always in NFC, though the text is. */
export function foldedCase(text: string): string {
  return isAscii(text) ? text.toLowerCase() : comparable(comparable(text).toLowerCase());
}

/** Shows invisible characters by their numbers, `<U+200B>`, except those that join or color an emoji. */
export function named(text: string): string {
  if (isAscii(text)) return text;
  return text.replace(
    /(?<!\p{Extended_Pictographic}|\p{Emoji_Modifier}|\ufe0f)\p{Default_Ignorable_Code_Point}/gu,
    (character) => {
      const number = (character.codePointAt(0) ?? 0).toString(16).toUpperCase();
      return `<U+${number.padStart(4, '0')}>`;
    },
  );
}

const BEYOND_ASCII = /[^\0-\x7f]/;

/** Nearly all that is looked at, for each row of an import, and never in need of more. */
function isAscii(text: string): boolean {
  return !BEYOND_ASCII.test(text);
}
