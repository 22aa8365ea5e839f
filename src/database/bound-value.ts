import type { Parameter } from './database.js';

/** PostgreSQL's oid of the type `text` (pg_type.dat). */
const TEXT_OID = 25;
const HEAD_BYTES = 20;
const NULL_LENGTH = -1;

/** The parameter as the protocol binds it: text, or bytes for the binary form. */
export function boundValue(parameter: Parameter): string | Buffer | null {
  if (typeof parameter === 'string' || parameter === null) return parameter;
  return typeof parameter === 'number' ? String(parameter) : textArray(parameter);
}

/**
 * A `text[]` as PostgreSQL reads and sends it in binary form (array_recv in its arrayfuncs.c): the number of dimensions,
 * whether there are nulls, the type of the elements, the length and lower bound of the dimension, and then each element
 * behind its length in bytes. Inside of JSON every character of a long text would be escaped and parsed, here and there.
 */
function textArray(texts: readonly (string | null)[]): Buffer {
  const bytes = texts.reduce((sum, text) => sum + 4 + (text === null ? 0 : Buffer.byteLength(text)), HEAD_BYTES);
  const buffer = Buffer.allocUnsafe(bytes);
  for (const [index, value] of [1, texts.includes(null) ? 1 : 0, TEXT_OID, texts.length, 1].entries()) {
    buffer.writeInt32BE(value, index * 4);
  }
  let at = HEAD_BYTES;
  for (const text of texts) {
    const length = text === null ? 0 : buffer.write(text, at + 4);
    buffer.writeInt32BE(text === null ? NULL_LENGTH : length, at);
    at += 4 + length;
  }
  return buffer;
}
