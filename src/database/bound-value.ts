import type { Parameter } from './database.js';

/** The oid of PostgreSQL's type `text` (pg_type.dat). */
const TEXT_OID = 25;
const HEAD_BYTES = 20;
const NULL_LENGTH = -1;

/** Encodes a parameter for the protocol: text, or bytes for a value in binary form. */
export function boundValue(parameter: Parameter): string | Buffer | null {
  if (typeof parameter === 'string' || parameter === null) return parameter;
  return typeof parameter === 'number' ? String(parameter) : textArray(parameter);
}

/**
 * Encodes a `text[]` in PostgreSQL's binary form (array_recv in arrayfuncs.c). The head has the number of dimensions,
 * whether nulls occur, the element type, and the length and lower bound of the dimension. Each element follows its
 * length in bytes.
 *
 * The binary form is cheaper than JSON, which escapes long texts here and parses them again in the server.
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
