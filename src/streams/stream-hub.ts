import { setTimeout as delay } from 'node:timers/promises';
import { Injectable, Logger } from '@nestjs/common';
import { markOfUser } from '../queue/transaction-mark-parts.js';
import { ServiceEmitter } from '../runtime/service-emitter.js';
import { WebhooksService } from '../webhooks/webhooks.service.js';
import type { EventStream } from './event-stream.js';
import { eventFrame } from './frames.js';
import { Horizon } from './horizon.js';
import type { Look } from './look.statement.js';
import { PAGE_ROWS, type PageRow } from './page.statement.js';
import { afterPosition, type Cursor, type Reader } from './reader.js';
import { EventsStreamedEvent } from './events-streamed.event.js';
import { StreamTimes } from './stream-times.js';
import { StreamsRepository } from './streams.repository.js';

/** The most readers of one statement. It bounds the memory of its result. */
const READERS_PER_STATEMENT = 32;
/** Looks in a row at a user whose newest events are not complete. After these, a notification or the clock causes the next one. */
const LOOKS_WHILE_BLOCKED = 20;
/** The longest pause after a slow round, in milliseconds. Reading takes half of the time of one connection at most. */
const LONGEST_PAUSE_MS = 250;
/** The most events to skip at the beginning of a stream of new events. */
const MOST_SKIPPED = 1_000;

/** Streams at one place that select the same events. */
interface Group {
  reader: Reader;
  streams: EventStream[];
}

/** Where a stream of new events begins. */
export interface Tip {
  cursor: Cursor;
  skipped: Set<string>;
  /** The last event before the place. Null if the user has none. */
  placeId: string | null;
}

/**
 * Reads stored events for all open streams of this process, one statement at a time.
 *
 * A round looks at the users that may have more (`look.statement.ts`), reads a page for each group of streams
 * (`page.statement.ts`), and writes it. A stream whose connection takes no more data is left out until it drains.
 *
 * Invariants: looks never overlap, because the horizon relies on their order. A user that may have more is in `waiting`, except
 * if its streams are full, or its newest events are not complete. Then a drained connection, a notification or the clock wakes it.
 */
@Injectable()
export class StreamHub {
  private readonly logger = new Logger(StreamHub.name);
  private readonly horizon = new Horizon();
  /** The open streams by user. */
  private readonly streams = new Map<string, Set<EventStream>>();
  /** Users whose streams may have more to read. */
  private readonly waiting = new Set<string>();
  /** Users whose newest events are not complete: the complete position, and the looks in a row that found the same one. */
  private readonly blocked = new Map<string, { limit: number; looks: number }>();
  private isServing = false;
  /** The earliest time of the next round, by `performance.now()`. */
  private nextRoundAt = 0;
  /** The end of the last look, or of the look under way. */
  private lastLook: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly repository: StreamsRepository,
    private readonly webhooks: WebhooksService,
    private readonly emitter: ServiceEmitter,
    private readonly times: StreamTimes,
  ) {}

  get isEmpty(): boolean {
    return this.streams.size === 0;
  }

  *all(): Generator<EventStream> {
    for (const streams of this.streams.values()) yield* streams;
  }

  add(stream: EventStream): void {
    const { userId } = stream.caller;
    this.streams.set(userId, (this.streams.get(userId) ?? new Set()).add(stream));
    this.wake([userId]);
  }

  remove(stream: EventStream): void {
    const { userId } = stream.caller;
    const others = this.streams.get(userId);
    others?.delete(stream);
    if (others?.size !== 0) return;
    this.streams.delete(userId);
    this.waiting.delete(userId);
    this.blocked.delete(userId);
    if (this.isEmpty) this.horizon.reset();
  }

  /** Looks for events of users that have streams. @param users default: all */
  wake(users: Iterable<string> = this.streams.keys()): void {
    for (const user of users) if (this.streams.has(user)) this.waiting.add(user);
    if (this.waiting.size > 0 && !this.isServing) void this.serve();
  }

  /** The place after all events that are visible now. Events of transactions that are still open come after it. */
  async tip(userId: string): Promise<Tip> {
    const { newest } = await this.look([userId]);
    const last = newest.get(userId);
    const head = last?.position ?? 0;
    const complete = this.horizon.of(markOfUser(userId));
    const atHead = { cursor: afterPosition(head), skipped: new Set<string>(), placeId: last?.id ?? null };
    // Nothing is known of a transaction that was open before the first stream of this process.
    if (complete === 0 || complete >= head) return atHead;
    const ids = await this.repository.idsBetween(userId, complete, head, MOST_SKIPPED);
    if (ids.length === MOST_SKIPPED) return atHead;
    const before = await this.repository.findUpTo(userId, complete);
    return { cursor: afterPosition(complete), skipped: new Set(ids), placeId: before?.id ?? null };
  }

  private async serve(): Promise<void> {
    this.isServing = true;
    while (this.waiting.size > 0) {
      const pauseMs = this.nextRoundAt - performance.now();
      if (pauseMs > 0) await delay(pauseMs, undefined, { ref: false });
      const users = [...this.waiting];
      this.waiting.clear();
      const begin = performance.now();
      try {
        await this.round(users);
        const took = performance.now() - begin;
        this.nextRoundAt = performance.now() + Math.max(this.times.lookMs, Math.min(took, LONGEST_PAUSE_MS));
      } catch (error) {
        // The places of the streams have not moved: nothing is lost.
        this.logger.warn(`Streams are read again later: ${(error as Error).message}`);
        this.nextRoundAt = performance.now() + this.times.pollMs;
        for (const user of users) if (this.streams.has(user)) this.waiting.add(user);
      }
    }
    this.isServing = false;
  }

  private async round(users: readonly string[]): Promise<void> {
    const { newest } = await this.look(users);
    const groups = [...this.groupsOf(users, newest).values()];
    for (let first = 0; first < groups.length; first += READERS_PER_STATEMENT) {
      const some = groups.slice(first, first + READERS_PER_STATEMENT);
      const rows = await this.repository.pages(some.map(({ reader }) => reader));
      for (const [place, group] of some.entries()) {
        await this.deliver(
          group,
          rows.filter(({ number }) => number === place),
        );
      }
    }
  }

  /** Looks one after another. */
  private look(users: readonly string[]): Promise<Look> {
    const looked = this.lastLook.then(async () => {
      const look = await this.repository.look(users);
      this.horizon.look(look.head, look.open);
      return look;
    });
    this.lastLook = looked.catch(() => undefined);
    return looked;
  }

  /** The streams that can read more. */
  private groupsOf(users: readonly string[], newest: Look['newest']): Map<string, Group> {
    const groups = new Map<string, Group>();
    for (const userId of users) {
      const head = newest.get(userId)?.position;
      if (head === undefined) continue;
      const limit = Math.min(head, this.horizon.of(markOfUser(userId)));
      if (limit < head) this.lookAgain(userId, limit);
      else this.blocked.delete(userId);
      for (const stream of this.streams.get(userId) ?? []) {
        if (stream.isFull || stream.hasReached(limit)) continue;
        const { cursor, selection, readerKey } = stream;
        const group = groups.get(readerKey);
        if (group) group.streams.push(stream);
        else groups.set(readerKey, { reader: { userId, after: cursor, limit, selection }, streams: [stream] });
      }
    }
    return groups;
  }

  private lookAgain(userId: string, limit: number): void {
    const last = this.blocked.get(userId);
    const looks = last?.limit === limit ? last.looks + 1 : 1;
    this.blocked.set(userId, { limit, looks });
    if (looks <= LOOKS_WHILE_BLOCKED && this.streams.has(userId)) this.waiting.add(userId);
  }

  /** Writes a page to the streams of a group, and moves them. */
  private async deliver({ reader, streams }: Group, rows: readonly PageRow[]): Promise<void> {
    const { userId, limit } = reader;
    const last = rows.at(-1);
    const isEnd = last === undefined || (last.isLast && last.examined < PAGE_ROWS);
    const next = isEnd ? afterPosition(limit) : { position: Number(last.position), id: last.id };
    const events: { id: string; frame: string }[] = [];
    for (const row of rows) {
      if (await this.isSelected(row, reader)) {
        events.push({ id: row.id, frame: eventFrame(row.id, row.type ?? '', row.payload ?? '') });
      }
    }
    // One buffer for all streams of the group.
    const all = Buffer.from(events.map(({ frame }) => frame).join(''));
    let count = 0;
    for (const stream of streams) {
      if (stream.isClosed) continue;
      const { skipped } = stream;
      const sent = skipped ? events.filter(({ id }) => !skipped.has(id)) : events;
      if (sent.length > 0) stream.write(skipped ? sent.map(({ frame }) => frame).join('') : all);
      if (skipped) stream.passed(rows);
      stream.cursor = next;
      count += sent.length;
    }
    if (!isEnd && this.streams.has(userId)) this.waiting.add(userId);
    if (count > 0) this.emitter.emit(EventsStreamedEvent.eventName, new EventsStreamedEvent(count));
  }

  /** Whether a reader selects an event, also if the payload is one that PostgreSQL can't read as JSON. */
  private isSelected({ matches, payload, extractionId }: PageRow, { selection }: Reader): boolean | Promise<boolean> {
    if (matches !== null) return matches;
    return this.webhooks.filterMatches(selection.filterPath ?? '', payload ?? '', extractionId);
  }
}
