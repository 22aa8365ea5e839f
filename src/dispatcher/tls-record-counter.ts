/** Type (1 byte), version (2) and length (2) begin a record (RFC 8446, section 5.1). */
const HEADER_BYTES = 5;
const LENGTH_AT = 3;

/** Counts the TLS records in the bytes of a connection. The pieces may have any size. */
export class TlsRecordCounter {
  /** Records that have begun since the last reset. */
  count = 0;
  /** The received bytes of the current header. */
  private headerBytes = 0;
  private length = 0;
  /** The missing bytes of the current record, without its header. */
  private remaining = 0;

  /** The received bytes of an incomplete record. */
  get partialBytes(): number {
    return this.remaining > 0 ? HEADER_BYTES + this.length - this.remaining : this.headerBytes;
  }

  reset(): void {
    this.count = 0;
  }

  take(piece: Buffer): void {
    let at = 0;
    while (at < piece.length) {
      if (this.remaining > 0) {
        const skipped = Math.min(this.remaining, piece.length - at);
        this.remaining -= skipped;
        at += skipped;
      } else {
        this.takeHeader(piece[at]!);
        at += 1;
      }
    }
  }

  private takeHeader(byte: number): void {
    if (this.headerBytes === 0) this.length = 0;
    if (this.headerBytes >= LENGTH_AT) this.length = (this.length << 8) | byte;
    this.headerBytes += 1;
    if (this.headerBytes < HEADER_BYTES) return;
    this.count += 1;
    this.remaining = this.length;
    this.headerBytes = 0;
  }
}
