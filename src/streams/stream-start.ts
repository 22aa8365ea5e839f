import { Injectable } from '@nestjs/common';
import { DomainError } from '../common/domain-error.js';
import { isUuid, timeOfUuidV7, uuidV7Floor } from '../common/ids.js';
import { timeOf } from '../common/timestamp.js';
import { AppConfig } from '../config/app-config.js';
import { jsonpathOf } from '../webhooks/filter-jsonpath.js';
import { FIRST_ID, type Cursor, type Selection } from './reader.js';
import type { StreamEventsDto } from './stream-events.dto.js';
import { StreamHub } from './stream-hub.js';
import { StreamsRepository } from './streams.repository.js';

const DAY_MS = 86_400_000;
/**
 * Positions have the order in which events are inserted, and ids the order of the clocks of processes. An event is inserted within
 * seconds after its id is made. Two clocks that differ by less than this time lose no event of a stream with `since`.
 */
const CLOCKS_DIFFER_MS = 600_000;

/** Where a stream begins, and what it selects. */
export interface Start {
  selection: Selection;
  cursor: Cursor;
  skipped: Set<string>;
  /** The event to which the client is at the beginning. Null if the client knows its place, or there is none. */
  placeId: string | null;
  /** Whether events after the client's place may be missing. */
  hasGap: boolean;
}

/** Finds the beginning of a stream from the request. */
@Injectable()
export class StreamStart {
  constructor(
    private readonly repository: StreamsRepository,
    private readonly hub: StreamHub,
    private readonly config: AppConfig,
  ) {}

  /**
   * @param lastEventId the header `Last-Event-ID`. Empty is like absent
   * @throws DomainError `VALIDATION_ERROR`
   */
  async of(userId: string, query: StreamEventsDto, lastEventId: string | undefined): Promise<Start> {
    const { events: names = ['*'], filter } = query;
    const sinceTime = query.since === undefined ? undefined : timeOf(query.since)?.getTime();
    if (sinceTime !== undefined && sinceTime > Date.now()) {
      throw new DomainError('VALIDATION_ERROR', 'since must not be in the future');
    }
    const selection = { names, filterPath: filter === undefined ? null : jsonpathOf(filter), since: null };
    const known = { skipped: new Set<string>(), placeId: null, hasGap: false };
    if (lastEventId !== undefined && lastEventId !== '') {
      const cursor = await this.placeOf(userId, lastEventId);
      if (cursor !== null) return { ...known, selection: await this.from(userId, sinceTime, selection), cursor };
      const removedAt = timeOfUuidV7(lastEventId);
      const after = Math.max(removedAt, sinceTime ?? 0);
      return { ...known, ...(await this.since(userId, after, selection)), hasGap: true };
    }
    if (sinceTime !== undefined) return { ...known, ...(await this.since(userId, sinceTime, selection)) };
    return { ...known, selection, ...(await this.hub.tip(userId)) };
  }

  /**
   * The place of the event that a client got last.
   *
   * @returns null if the event is so old that retention may have removed it
   */
  private async placeOf(userId: string, lastEventId: string): Promise<Cursor | null> {
    if (!isUuid(lastEventId)) {
      throw new DomainError('VALIDATION_ERROR', 'Last-Event-ID must be the id of an event, as this stream sends it');
    }
    const place = await this.repository.find(userId, lastEventId);
    if (place !== null) return place;
    const { retentionDays, retentionDaysByEvent } = this.config;
    const shortest = Math.min(retentionDays, ...Object.values(retentionDaysByEvent));
    if (timeOfUuidV7(lastEventId) < Date.now() - shortest * DAY_MS) return null;
    throw new DomainError(
      'VALIDATION_ERROR',
      'Last-Event-ID: you have no event with this id. Connect without this header, and with since for stored events.',
    );
  }

  /** The beginning of a stream of the events from a time on. */
  private async since(
    userId: string,
    time: number,
    selection: Selection,
  ): Promise<Pick<Start, 'selection' | 'cursor'>> {
    const before = await this.repository.findBefore(userId, uuidV7Floor(time - CLOCKS_DIFFER_MS));
    const cursor = before ?? { position: 0, id: FIRST_ID };
    return { selection: await this.from(userId, time, selection), cursor };
  }

  /** Leaves out the events from before a time that are stored now. Later ones are new, whatever the clock says. */
  private async from(userId: string, time: number | undefined, selection: Selection): Promise<Selection> {
    if (time === undefined) return selection;
    const newest = await this.repository.findUpTo(userId, Number.MAX_SAFE_INTEGER);
    return { ...selection, since: { id: uuidV7Floor(time), position: newest?.position ?? 0 } };
  }
}
