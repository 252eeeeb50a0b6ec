import { invalid } from '../../../errors/failure.ts';
import { fieldMessages } from '../../../errors/messages.ts';
import type { FormPart } from '../../../http/bodies/multipart.ts';
import { nameFor } from '../../../http/bodies/storable.ts';

/** Of one field. A mapping of all columns has some kilobytes. */
const MAX_FIELD_BYTES = 256 * 1024;
/** What a form may have beside its file: its fields, and the lines between its parts. */
export const FORM_BYTES = 2 * 1024 * 1024;

/**
 * Reads a part that is a field into `fields`.
 *
 * @param known names of the fields of the form, beside `file`
 * @throws Refusal `invalid`
 */
export async function takeField(
  part: FormPart,
  fields: Record<string, string>,
  known: readonly string[],
): Promise<void> {
  const { name } = part;
  // Ignoring a misspelled `override` would change the result silently.
  if (!known.includes(name))
    throw invalid(nameFor(name), `is not a field of this form; its fields are ${[...known, 'file'].join(', ')}`);
  if (name in fields) throw invalid(name, fieldMessages.repeated);
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of part.body) {
    size += chunk.length;
    if (size > MAX_FIELD_BYTES) throw invalid(name, fieldMessages.bytes(MAX_FIELD_BYTES));
    chunks.push(chunk);
  }
  fields[name] = Buffer.concat(chunks).toString('utf8');
}
