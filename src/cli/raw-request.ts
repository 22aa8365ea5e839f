import { text } from '../translations/phrase.js';
import { CliUsageError } from './cli-error.js';

/** A request as it came: the headers, and the bytes of the body. */
export interface RawRequest {
  headers: Record<string, string>;
  body: Buffer;
  /** The request is of the log of the service: nothing has changed it. */
  isAsSent?: boolean;
}

/**
 * Reads a request as it is on the wire: a request line that may be missing, headers, an empty line, the body. Lines end with
 * CRLF or LF. The body begins after the empty line. A line break after it, as an editor adds, is left out if content-length
 * does not count it.
 *
 * @throws CliUsageError if there is no empty line, or a line is no header
 */
export function readRawRequest(bytes: Buffer): RawRequest {
  const end = /\r?\n\r?\n/.exec(bytes.toString('latin1'));
  if (!end) {
    throw new CliUsageError(
      text('The request has no empty line between its headers and its body. --header and --body give the parts.'),
    );
  }
  const lines = bytes.toString('latin1', 0, end.index).split(/\r?\n/);
  if (/^[A-Z]+ \S+( HTTP\/[\d.]+)?$/.test(lines[0] ?? '')) lines.shift();
  const headers = headersOf(lines);
  return { headers, body: withoutAddedLineBreak(bytes.subarray(end.index + end[0].length), headers['content-length']) };
}

function withoutAddedLineBreak(body: Buffer, contentLength: string | undefined): Buffer {
  const length = Number(contentLength);
  const isAdded = length < body.length && /^\r?\n$/.test(body.toString('latin1', length));
  return isAdded ? body.subarray(0, length) : body;
}

/**
 * Reads lines with a header each, such as `webhook-id: msg_1`.
 *
 * @throws CliUsageError if a line is no header
 */
export function headersOf(lines: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    lines.map((line) => {
      const colon = line.indexOf(':');
      if (colon < 1)
        throw new CliUsageError(
          text('"{{line}}" is no header: a header is a name, a colon and a value', { line: line.slice(0, 80) }),
        );
      return [line.slice(0, colon).trim().toLowerCase(), line.slice(colon + 1).trim()];
    }),
  );
}
