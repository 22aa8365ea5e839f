/** A complete request. */
export interface ReceivedRequest {
  /** The time when its first part was read. */
  at: number;
  path: string;
  body: Buffer;
}

const HEAD_END = Buffer.from('\r\n\r\n');

/** Reads the HTTP/1.1 requests of one connection. Each must have a `content-length`, as requests with a text body do. */
export class RequestReader {
  /** The bytes of the next request so far, and the arrival time of its first part. */
  private unread: Buffer | undefined;
  private begun = 0;

  /**
   * @param at the arrival time of the chunk
   * @returns the requests that end within the chunk
   * @throws Error for a request without a length
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

/** The path and the sizes of a request; undefined until its head is complete. */
function sizeOf(bytes: Buffer): { path: string; head: number; whole: number } | undefined {
  const end = bytes.indexOf(HEAD_END);
  if (end < 0) return undefined;
  const text = bytes.toString('latin1', 0, end);
  const [, path = '', length] = /^\S+ (\S+) [^]*\r\ncontent-length: *(\d+)/i.exec(text) ?? [];
  if (length === undefined) throw new Error(`Not a request whose body has a length: ${text}`);
  const head = end + HEAD_END.length;
  return { path, head, whole: head + Number(length) };
}
