import type { ServerResponse } from 'node:http';
import type { Caller } from '../auth/caller.js';
import type { Language } from '../translations/accepted-language.js';
import { endFrame, HEARTBEAT } from './frames.js';
import { keyOfSelection, LAST_ID, type Cursor, type Selection } from './reader.js';
import type { CloseReason } from './stream-closed.event.js';

/** The time in which a client must take the reason of the end, in milliseconds. */
const END_WITHIN_MS = 500;

/** The response of a stream, the place and the events that it begins with. */
export interface StreamOptions {
  caller: Caller;
  /** The header of the request. The credentials are checked again while the stream is open. */
  authorization: string | undefined;
  /** Of the reason of the end. */
  language?: Language;
  selection: Selection;
  cursor: Cursor;
  /** Events after the cursor that were visible before a stream of new events began. They are not sent. */
  skipped: Set<string>;
  response: ServerResponse;
}

/**
 * One open stream: the place up to which it was served, and its connection.
 *
 * Invariant: `cursor` moves only with what is written. At most one page waits in memory for the connection
 * (`page.statement.ts`): a full stream is not read for.
 */
export class EventStream {
  readonly caller: Caller;
  readonly authorization: string | undefined;
  readonly selection: Selection;
  readonly selectionKey: string;
  /** Written by the hub: after what was sent, or examined and not selected. */
  cursor: Cursor;
  skipped: Set<string> | undefined;
  isClosed = false;
  /** When the connection stopped to take data, by `performance.now()`. Undefined while it takes data. */
  private fullSince: number | undefined;
  private readonly response: ServerResponse;
  private readonly language: Language | undefined;

  /**
   * @param events.onDrain the connection takes data again
   * @param events.onClosed called once
   */
  constructor(
    options: StreamOptions,
    private readonly events: {
      onDrain: (stream: EventStream) => void;
      onClosed: (stream: EventStream, reason: CloseReason) => void;
    },
  ) {
    this.caller = options.caller;
    this.authorization = options.authorization;
    this.selection = options.selection;
    this.selectionKey = keyOfSelection(options.selection);
    this.cursor = options.cursor;
    this.skipped = options.skipped.size === 0 ? undefined : options.skipped;
    this.response = options.response;
    this.language = options.language;
    this.response.on('drain', () => this.drained());
    this.response.once('close', () => this.closed('client'));
    // An error of the connection is followed by its end.
    this.response.on('error', () => undefined);
    if (this.response.destroyed) this.closed('client');
  }

  get isFull(): boolean {
    return this.fullSince !== undefined;
  }

  /** Whether the stream has served everything up to a position. */
  hasReached(position: number): boolean {
    return this.cursor.position > position || (this.cursor.position === position && this.cursor.id === LAST_ID);
  }

  /** Streams with equal keys are at one place and select the same events. */
  get readerKey(): string {
    return `${this.cursor.position} ${this.cursor.id} ${this.caller.userId} ${this.selectionKey}`;
  }

  /** Forgets the skipped events of a page. */
  passed(rows: readonly { id: string }[]): void {
    for (const { id } of rows) this.skipped?.delete(id);
    if (this.skipped?.size === 0) this.skipped = undefined;
  }

  write(frames: string | Buffer): void {
    if (this.isClosed || this.response.write(frames) || this.isFull) return;
    this.fullSince = performance.now();
  }

  heartbeat(): void {
    if (!this.isFull) this.write(HEARTBEAT);
  }

  /** Whether the connection has not taken its data for so long, in milliseconds. */
  isSlow(limitMs: number): boolean {
    return this.fullSince !== undefined && performance.now() - this.fullSince > limitMs;
  }

  /** Ends the stream with its reason. A client that does not take it loses the connection. */
  close(reason: Exclude<CloseReason, 'client'>): void {
    if (this.isClosed) return;
    this.closed(reason);
    this.response.end(endFrame(reason, this.language));
    setTimeout(() => this.response.destroy(), END_WITHIN_MS).unref();
  }

  private drained(): void {
    this.fullSince = undefined;
    if (!this.isClosed) this.events.onDrain(this);
  }

  private closed(reason: CloseReason): void {
    if (this.isClosed) return;
    this.isClosed = true;
    this.events.onClosed(this, reason);
  }
}
