import type { IncomingHttpHeaders } from 'node:http';

const STATUS_LINE = /^HTTP\/1\.\d (\d{3})(?: |$)/;
/** A header line (RFC 9112, section 5). */
const HEADER = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*(.*?)[ \t]*$/;
const LENGTH = /^\d{1,15}$/;

export interface AnswerHead {
  status: number;
  headers: IncomingHttpHeaders;
}

/**
 * The head of an answer that the parser refused because its lengths contradict each other (RFC 9112, section 6.3). Its
 * Content-Length is repeated, is not a number, or comes with a Transfer-Encoding. The body has no certain end and is not
 * read. The status counts.
 *
 * @param head the received part of the head
 * @returns undefined if the head has another fault
 */
export function contradictoryHead(head: Buffer): AnswerHead | undefined {
  const [first = '', ...lines] = head.toString('latin1').trimStart().split(/\r?\n/);
  const status = STATUS_LINE.exec(first)?.[1];
  if (status === undefined) return undefined;

  const headers = new Map<string, string[]>();
  for (const line of lines) {
    if (line === '') break;
    const [, name = '', value = ''] = HEADER.exec(line) ?? [];
    if (name === '') break;
    const key = name.toLowerCase();
    headers.set(key, [...(headers.get(key) ?? []), value]);
  }
  const [length, ...more] = headers.get('content-length') ?? [];
  if (length === undefined) return undefined;
  const contradicts = more.length > 0 || !LENGTH.test(length) || headers.has('transfer-encoding');
  if (!contradicts) return undefined;
  return { status: Number(status), headers: Object.fromEntries(headers) as IncomingHttpHeaders };
}
