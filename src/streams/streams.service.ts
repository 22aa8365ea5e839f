import { Injectable, Logger, type OnModuleDestroy } from '@nestjs/common';
import { hasScope, type Caller } from '../auth/caller.js';
import { KEY_REVOKED_CHANNEL } from '../auth/key-revoked.channel.js';
import { RequestAuthenticator } from '../auth/request-authenticator.js';
import { answerLanguage } from '../common/answer-language.js';
import { DomainError } from '../common/domain-error.js';
import { beginRawReply, rawOf, type HttpReply, type HttpRequest } from '../common/http-messages.js';
import { Database, type StopListening } from '../database/database.js';
import { EVENTS_STORED_CHANNEL, EventsStoredEvent, noticedUsers } from '../queue/events-stored.event.js';
import { EventsAnnouncer } from '../queue/events-announcer.js';
import { HEARS_EVENTS, markSession } from '../queue/transaction-mark-parts.js';
import { ServiceEmitter } from '../runtime/service-emitter.js';
import { EventStream } from './event-stream.js';
import { gapFrame, placeFrame, retryFrame } from './frames.js';
import { StreamClosedEvent, type CloseReason } from './stream-closed.event.js';
import type { StreamEventsDto } from './stream-events.dto.js';
import { StreamHub } from './stream-hub.js';
import { StreamStart } from './stream-start.js';
import { StreamTimes } from './stream-times.js';
import { text } from '../translations/phrase.js';

/** The most open streams of a user in one process. */
const MOST_OF_USER = 5;
/** The most open streams of a process. */
const MOST = 1_000;
/** The time without streams after which a process stops to hear of events, in milliseconds. */
const HEAR_FOR_MS = 10_000;

const HEADERS = {
  'content-type': 'text/event-stream',
  // A compression would hold events back. `no-transform` is for that of an application or of a proxy, the last one for nginx.
  'cache-control': 'no-store, no-transform',
  'x-accel-buffering': 'no',
  // The time limits of the connection end with the stream.
  connection: 'close',
} as const;

/** Opens event streams and ends them. {@link StreamHub} reads for them. */
@Injectable()
export class StreamsService implements OnModuleDestroy {
  private readonly logger = new Logger(StreamsService.name);
  /** By user: the streams that are open, or about to open. */
  private readonly seats = new Map<string, number>();
  private taken = 0;
  private timers: NodeJS.Timeout[] = [];
  /** The listening for notifications, while there are streams and shortly afterwards. */
  private hearing: Promise<StopListening> | undefined;
  private idleTimer: NodeJS.Timeout | undefined;
  private isStopping = false;

  constructor(
    private readonly hub: StreamHub,
    private readonly start: StreamStart,
    private readonly authenticator: RequestAuthenticator,
    private readonly database: Database,
    private readonly announcer: EventsAnnouncer,
    private readonly emitter: ServiceEmitter,
    private readonly times: StreamTimes,
  ) {
    emitter.listen(EventsStoredEvent, ({ requests }) => {
      if (this.hub.isEmpty) return;
      for (const { events } of requests) this.hub.wake(events.map(({ userId }) => userId));
    });
  }

  /** The number of open streams. */
  get open(): number {
    return this.taken;
  }

  /**
   * Answers a request with a stream of the caller's events.
   *
   * @throws DomainError `VALIDATION_ERROR`, `RATE_LIMITED` with too many streams of the user, or `SERVICE_UNAVAILABLE`. The response
   *   has not begun then
   */
  async serve(
    caller: Caller,
    query: StreamEventsDto,
    lastEventId: string | undefined,
    { request, reply }: { request: HttpRequest; reply: HttpReply },
  ): Promise<void> {
    const leave = this.takeSeat(caller.userId);
    try {
      await this.hear();
      const { placeId, hasGap, ...start } = await this.start.of(caller.userId, query, lastEventId);
      // The process may have begun to stop meanwhile.
      if (this.isStopping) throw stopping();
      const language = answerLanguage(request, reply);
      const response = beginRawReply(reply, HEADERS);
      if (rawOf(request).method === 'HEAD') {
        response.end();
        return leave();
      }
      response.socket?.setTimeout(0);
      const { authorization } = request.headers;
      const stream = new EventStream(
        { caller, authorization, language, response, ...start },
        {
          onDrain: () => this.hub.wake([caller.userId]),
          onClosed: (closed, reason) => this.closed(closed, reason, leave),
        },
      );
      stream.write(retryFrame(this.times.retryMs * (1 + Math.random())));
      if (hasGap) stream.write(gapFrame(language));
      if (placeId !== null) stream.write(placeFrame(placeId));
      if (!stream.isClosed) this.hub.add(stream);
    } catch (error) {
      leave();
      throw error;
    }
  }

  onModuleDestroy(): void {
    this.isStopping = true;
    for (const stream of this.hub.all()) stream.close('shutdown');
    clearTimeout(this.idleTimer);
  }

  private closed(stream: EventStream, reason: CloseReason, leave: () => void): void {
    this.hub.remove(stream);
    leave();
    this.emitter.emit(StreamClosedEvent.eventName, new StreamClosedEvent(reason));
  }

  /** @returns frees the seat; further calls have no effect */
  private takeSeat(userId: string): () => void {
    if (this.isStopping) throw stopping();
    const taken = this.seats.get(userId) ?? 0;
    if (taken >= MOST_OF_USER) {
      throw new DomainError('RATE_LIMITED', text('You have {{taken}} open streams: close one first.', { taken }), {
        retryAfterSeconds: 5,
      });
    }
    if (this.taken >= MOST) {
      throw new DomainError('SERVICE_UNAVAILABLE', 'This process has too many open streams.', { retryAfterSeconds: 5 });
    }
    this.seats.set(userId, taken + 1);
    this.taken += 1;
    let isTaken = true;
    return () => {
      if (!isTaken) return;
      isTaken = false;
      this.taken -= 1;
      const left = (this.seats.get(userId) ?? 1) - 1;
      if (left === 0) this.seats.delete(userId);
      else this.seats.set(userId, left);
      if (this.taken === 0) this.rest();
    };
  }

  /** Starts the clocks and the listening of a process with streams. */
  private async hear(): Promise<void> {
    clearTimeout(this.idleTimer);
    if (this.timers.length === 0) {
      this.every(this.times.heartbeatMs, () => this.beat());
      this.every(this.times.pollMs, () => this.poll());
      this.every(this.times.recheckMs, () => void this.recheck());
    }
    this.announcer.ownListeners = 1;
    this.hearing ??= this.database.listen(
      {
        [EVENTS_STORED_CHANNEL]: (notice) => this.hub.wake(noticedUsers(notice)),
        // An empty notice: a revocation may have been missed.
        [KEY_REVOKED_CHANNEL]: (keyId) => (keyId === '' ? void this.recheck() : this.end(keyId)),
      },
      markSession(this.database.schema, HEARS_EVENTS),
    );
    try {
      await this.hearing;
    } catch (error) {
      this.hearing = undefined;
      throw error;
    }
  }

  /** Stops the clocks, and later the listening. */
  private rest(): void {
    for (const timer of this.timers.splice(0)) clearInterval(timer);
    clearTimeout(this.idleTimer);
    this.idleTimer = setTimeout(() => {
      const { hearing } = this;
      this.hearing = undefined;
      this.announcer.ownListeners = 0;
      void hearing?.then((stop) => stop()).catch((error: Error) => this.logger.debug(error.message));
    }, HEAR_FOR_MS).unref();
  }

  private every(ms: number, run: () => void): void {
    this.timers.push(setInterval(run, ms).unref());
  }

  private beat(): void {
    for (const stream of this.hub.all()) stream.heartbeat();
  }

  private poll(): void {
    for (const stream of this.hub.all()) if (stream.isSlow(this.times.slowReaderMs)) stream.close('slow-reader');
    this.hub.wake();
  }

  /** Ends the streams of a revoked key. */
  private end(keyId: string): void {
    for (const stream of this.hub.all()) if (stream.caller.keyId === keyId) stream.close('unauthorized');
  }

  /** Ends streams whose credentials are not valid any more: revoked, expired, or refused by the application. */
  private async recheck(): Promise<void> {
    const streams = new Map<string | undefined, EventStream[]>();
    for (const stream of this.hub.all()) {
      const same = streams.get(stream.authorization);
      if (same) same.push(stream);
      else streams.set(stream.authorization, [stream]);
    }
    await Promise.all([...streams].map(([authorization, same]) => this.recheckOne(authorization, same)));
  }

  private async recheckOne(authorization: string | undefined, streams: readonly EventStream[]): Promise<void> {
    try {
      const caller = await this.authenticator.identifyAgain(authorization);
      for (const stream of streams) {
        if (caller.userId !== stream.caller.userId || !hasScope(caller, 'webhooks')) stream.close('unauthorized');
      }
    } catch (error) {
      // Another error says nothing about the credentials: the database may be away.
      if (!(error instanceof DomainError) || error.code !== 'UNAUTHORIZED') return;
      for (const stream of streams) stream.close('unauthorized');
    }
  }
}

function stopping(): DomainError {
  return new DomainError('SERVICE_UNAVAILABLE', 'The service is stopping.', { retryAfterSeconds: 1 });
}
