/** A request that has come to its end. */
export interface ReceivedRequest {
  /** When the first of it was read. */
  at: number;
  path: string;
  body: Buffer;
}

const HEAD_END = Buffer.from('\r\n\r\n');

/** Reads the requests of one connection: HTTP/1.1 with bodies of a length that is told, as senders make them of a text. */
export class RequestReader {
  /** What has come of the next request, and when its first part came. */
  private unread: Buffer | undefined;
  private begun = 0;

  /**
   * @param at when the chunk came
   * @returns the requests that end with it
   * @throws Error for what it can't read
   */
  read(chunk: Buffer, at: number): ReceivedRequest[] {
    const requests: ReceivedRequest[] = [];
    let bytes = chunk;
    let begun = at;
    if (this.unread) {
      bytes = Buffer.concat([this.unread, chunk]);
      begun = this.begun;
    }
    let size = sizeOf(bytes);
    while (size && size.whole <= bytes.length) {
      requests.push({ at: begun, path: size.path, body: bytes.subarray(size.head, size.whole) });
      bytes = bytes.subarray(size.whole);
      begun = at;
      size = sizeOf(bytes);
    }
    this.unread = bytes.length > 0 ? bytes : undefined;
    this.begun = begun;
    return requests;
  }
}

/** How many bytes a request has; undefined as long as its head has not come. */
function sizeOf(bytes: Buffer): { path: string; head: number; whole: number } | undefined {
  const end = bytes.indexOf(HEAD_END);
  if (end < 0) return undefined;
  const text = bytes.toString('latin1', 0, end);
  const [, path = '', length] = /^\S+ (\S+) [^]*\r\ncontent-length: *(\d+)/i.exec(text) ?? [];
  if (length === undefined) throw new Error(`Not a request whose body has a length: ${text}`);
  const head = end + HEAD_END.length;
  return { path, head, whole: head + Number(length) };
}
