import { setTimeout as delay } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import { RECENT_MS } from '../auth/recent-keys.js';
import { CommandError } from './command.js';
import { ErasureRepository, type ErasedBatch } from './erasure.repository.js';
import { ERASED_TABLES, FIRST_ID, type ErasedTable } from './erasure.statement.js';

/** The wait for attempts in flight, and for statements of other processes, between two passes. */
const PASS_INTERVAL_MS = 250;
/** After so many passes that found new rows, something still writes data of the user. */
const MOST_PASSES_WITH_NEW_ROWS = 10;

/** The number of rows that an erasure removed from each table. */
export type ErasedRows = Record<ErasedTable, number>;

export interface Erasure {
  userId: string;
  removed: ErasedRows;
  /** Revoked bootstrap keys, whose rows stay: see {@link ErasureService}. */
  keptBootstrapKeys: number;
}

/**
 * Removes all data of a user, in small transactions. It may be interrupted at any point, and repeated.
 *
 * A pass first stops everything that adds rows: it revokes the keys and removes the webhooks and the recoveries. Then it removes
 * events with their deliveries, then attempts: a settlement adds an attempt only while its delivery exists. A delivery under a lease
 * stays until its attempt is recorded or its lease ends. Passes follow until one finds nothing. At the end no attempt is in
 * flight, and a late settlement finds no delivery: it records nothing.
 *
 * The rows of bootstrap keys stay, revoked. Without such a row, the next start would create the key of the configuration again.
 */
@Injectable()
export class ErasureService {
  constructor(private readonly repository: ErasureRepository) {}

  /** @throws CommandError if rows of the user are still added */
  async erase(userId: string): Promise<Erasure> {
    const removed = Object.fromEntries(ERASED_TABLES.map((table) => [table, 0])) as ErasedRows;
    let passesWithNewRows = 0;
    for (let isFirst = true; ; isFirst = false) {
      const before = sumOf(removed);
      const { left, keptBootstrapKeys } = await this.pass(userId, removed);
      const found = sumOf(removed) - before;
      if (found === 0 && left === 0) return { userId, removed, keptBootstrapKeys };
      if (!isFirst && left === 0) passesWithNewRows += 1;
      if (passesWithNewRows > MOST_PASSES_WITH_NEW_ROWS) throw stillWritten(userId, sumOf(removed));
      await delay(PASS_INTERVAL_MS);
    }
  }

  /** Adds the numbers of removed rows to `removed`. */
  private async pass(userId: string, removed: ErasedRows): Promise<{ left: number; keptBootstrapKeys: number }> {
    const { repository } = this;
    // Afterwards every process refuses the keys, also those that it has in memory.
    if ((await repository.revokeKeys(userId)) > 0) await delay(RECENT_MS);
    removed.webhooks += await repository.deleteWebhooks(userId);
    removed.recoveries += await repository.deleteRecoveries(userId);
    let left = await inBatches(removed, FIRST_ID, (after) => repository.deleteEvents(userId, after));
    left += await inBatches(removed, FIRST_ID, (after) => repository.deleteAttempts(userId, after));
    removed.attempt_summaries += await repository.deleteSummaries(userId);
    left += await inBatches(removed, '', (after) => repository.deleteIdempotencyKeys(userId, after));
    const keys = await repository.deleteKeys(userId);
    removed.api_keys += keys.removed;
    return { left, keptBootstrapKeys: keys.kept };
  }
}

/** @returns the number of rows that stay for now */
async function inBatches(
  removed: ErasedRows,
  first: string,
  next: (after: string) => Promise<ErasedBatch>,
): Promise<number> {
  let left = 0;
  for (let cursor: string | null = first; cursor !== null;) {
    const batch: ErasedBatch = await next(cursor);
    for (const table of ERASED_TABLES) removed[table] += batch.removed[table] ?? 0;
    left += batch.left;
    cursor = batch.cursor;
  }
  return left;
}

function sumOf(rows: ErasedRows): number {
  return Object.values(rows).reduce((sum, count) => sum + count, 0);
}

function stillWritten(userId: string, rows: number): CommandError {
  return new CommandError(
    `${rows} rows of ${userId} are removed, and new ones are still added: stop publishing events for this user, and ` +
      'repeat the command.',
  );
}
