/** The number of bytes that identify an interim answer: `HTTP/1.1 100` and the next character. */
const STATUS_BYTES = 13;
const STATUS_AT = 9;

const [CR, LF, SPACE, ZERO, NINE, ONE] = [0x0d, 0x0a, 0x20, 0x30, 0x39, 0x31];
const PREFIX = Buffer.from('HTTP/1.');
const SWITCHING_PROTOCOLS = Buffer.from('101');

export const NOTHING = Buffer.alloc(0);

/** The receiver switches to a protocol that no request asked for (RFC 9110, section 7.8). */
export class SwitchedProtocolsError extends Error {
  override readonly name = 'SwitchedProtocolsError';
  readonly code = 'HPE_SWITCHED_PROTOCOLS';
}

/**
 * Removes interim answers (1xx) from the bytes of a connection, as RFC 9110, section 15.2 requires of a client. undici ignores
 * 102 and 103, but closes the connection after a `100 Continue` that it did not request.
 *
 * The filter works on pieces of any size and keeps at most 12 bytes. All other answers pass unchanged.
 */
export class InterimFilter {
  private state: 'start' | 'interim' | 'final' = 'start';
  /** The beginning of an answer that is too short to identify. */
  private beginning = NOTHING;
  /** The number of bytes in the current line of an interim answer, without its line end. */
  private lineBytes = 0;

  /** Expects a new answer. */
  reset(): void {
    this.state = 'start';
    this.beginning = NOTHING;
  }

  /**
   * @returns the bytes that belong to the final answer, or {@link NOTHING}
   * @throws SwitchedProtocolsError at a 101
   */
  take(piece: Buffer): Buffer {
    let rest = piece;
    while (rest.length > 0 && this.state !== 'final') {
      rest = this.state === 'start' ? this.begin(rest) : this.skip(rest);
    }
    return rest;
  }

  /** Decides the kind of an answer as soon as enough bytes are received. */
  private begin(piece: Buffer): Buffer {
    let bytes = piece;
    if (this.beginning.length > 0) {
      bytes = Buffer.concat([this.beginning, piece]);
      this.beginning = NOTHING;
    } else {
      let at = 0;
      while (piece[at] === CR || piece[at] === LF) at += 1;
      // Empty lines before an answer are not part of it. The parser ignores them too.
      if (at > 0) return piece.subarray(at);
    }
    if (!mayBeInterim(bytes)) {
      this.state = 'final';
      return bytes;
    }
    if (bytes.length < STATUS_BYTES) {
      this.beginning = Buffer.from(bytes);
      return NOTHING;
    }
    if (SWITCHING_PROTOCOLS.equals(bytes.subarray(STATUS_AT, STATUS_AT + 3))) throw new SwitchedProtocolsError();
    this.state = 'interim';
    this.lineBytes = STATUS_BYTES - 1;
    return bytes.subarray(STATUS_BYTES - 1);
  }

  /** @returns the bytes after the empty line that ends the interim answer */
  private skip(bytes: Buffer): Buffer {
    for (let at = 0; at < bytes.length; at += 1) {
      if (bytes[at] === LF) {
        if (this.lineBytes === 0) {
          this.state = 'start';
          return bytes.subarray(at + 1);
        }
        this.lineBytes = 0;
      } else if (bytes[at] !== CR) {
        this.lineBytes += 1;
      }
    }
    return NOTHING;
  }
}

/** Whether the bytes may begin an interim answer. */
function mayBeInterim(bytes: Buffer): boolean {
  // This one comparison decides for nearly every answer.
  if (bytes.length > STATUS_AT && bytes[STATUS_AT] !== ONE) return false;
  const length = Math.min(bytes.length, STATUS_BYTES);
  for (let at = 0; at < length; at += 1) if (!fits(at, bytes[at]!)) return false;
  return true;
}

function fits(at: number, byte: number): boolean {
  if (at < PREFIX.length) return byte === PREFIX[at];
  if (at === STATUS_AT - 1) return byte === SPACE;
  if (at === STATUS_AT) return byte === ONE;
  if (at === STATUS_BYTES - 1) return byte === SPACE || byte === CR || byte === LF;
  return byte >= ZERO && byte <= NINE;
}
