import { text, type Phrase } from '../translations/phrase.js';

/**
 * The bodies that may have arrived, if a receiver has changed them in a usual way. Each has a sentence that names the change.
 *
 * @param body the body that does not match its signature
 */
export function* bodyVariants(body: Buffer): Generator<[cause: Phrase, body: Buffer]> {
  const given = body.toString('utf8');
  const without = (pattern: RegExp) => Buffer.from(given.replace(pattern, ''));
  yield [text('A byte order mark was added at the start of the body.'), without(/^\uFEFF/)];
  yield [text('A line break was added at the end of the body, as an editor or echo does.'), without(/\r?\n$/)];
  yield [text('White space was added around the body.'), Buffer.from(given.trim())];
  yield [text('The line break at the end of the body was removed.'), Buffer.concat([body, Buffer.from('\n')])];
  yield [text('Line breaks were changed from LF to CRLF.'), Buffer.from(given.replaceAll('\r\n', '\n'))];
  yield [text('Line breaks were changed from CRLF to LF.'), Buffer.from(given.replaceAll(/\r?\n/g, '\r\n'))];
  yield [
    text('The body was decoded with a wrong charset (ISO-8859-1 instead of UTF-8) and encoded again.'),
    Buffer.from(given, 'latin1'),
  ];
  yield [
    text('The body was encoded with a wrong charset: ISO-8859-1 instead of UTF-8.'),
    Buffer.from(body.toString('latin1'), 'utf8'),
  ];
  const windows = bytesOfWindows1252(given);
  if (windows)
    yield [
      text('The body was decoded with a wrong charset (windows-1252 instead of UTF-8) and encoded again.'),
      windows,
    ];
  const again = text('The body was parsed and serialized again: verify the bytes as they came.');
  for (const variant of serializations(given)) yield [again, Buffer.from(variant)];
}

/** The usual serializations of a JSON text. */
function* serializations(text: string): Generator<string> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return;
  }
  const compact = JSON.stringify(value);
  yield compact;
  yield ascii(compact);
  // Python's json.dumps has spaces after commas and colons, and writes other characters as escapes.
  const spaced = withSpaces(value);
  yield ascii(spaced);
  yield spaced;
  yield JSON.stringify(value, null, 2);
  yield JSON.stringify(value, null, 4);
  yield compact.replaceAll('/', String.raw`\/`);
}

function withSpaces(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(withSpaces).join(', ')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const members = Object.entries(value).map(([key, each]) => `${JSON.stringify(key)}: ${withSpaces(each)}`);
  return `{${members.join(', ')}}`;
}

function ascii(text: string): string {
  return text.replaceAll(
    /[\u0080-\uffff]/g,
    (unit) => String.raw`\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/** The bytes of a text in windows-1252, or undefined if it has other characters. */
function bytesOfWindows1252(text: string): Buffer | undefined {
  const bytes: number[] = [];
  for (const character of text) {
    const byte = WINDOWS_1252.get(character);
    if (byte === undefined) return undefined;
    bytes.push(byte);
  }
  return Buffer.from(bytes);
}

const WINDOWS_1252 = new Map(
  Array.from({ length: 256 }, (_each, byte) => [new TextDecoder('windows-1252').decode(Uint8Array.of(byte)), byte]),
);
