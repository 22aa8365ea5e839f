import { Injectable } from '@nestjs/common';
import { Batcher, upTo } from '../common/batcher.js';
import { notify } from '../database/notification-channel.js';
import { PrismaService, type Transaction } from '../database/prisma.service.js';
import { REQUEST_BATCHES } from '../database/statement-batches.js';
import { Prisma, type ApiKey } from '../generated/prisma/client.js';
import { KEY_REVOKED_CHANNEL } from './key-revoked.channel.js';

/** The fields of a key that authentication needs. */
export interface FoundKey {
  id: string;
  userId: string;
  scopes: string[];
  revoked: boolean;
  /** In milliseconds since 1970. */
  expiresAt: number | null;
  /** In milliseconds since 1970. */
  lastUsedAt: number | null;
}

/** How many revoked and expired keys of a user are kept: ten times the active limit. Retention removes these later. */
const MAX_ENDED_KEYS = 100;

/** Lock name that serializes the creation of first keys and bootstrap keys. It takes the place of a user's id. */
const FIRST_KEY_LOCK = 'the first API key';

@Injectable()
export class ApiKeysRepository {
  private readonly lookups = new Batcher((hashes: string[]) => this.findByHashes(hashes), upTo(500), REQUEST_BATCHES);

  constructor(private readonly prisma: PrismaService) {}

  /**
   * Finds a key by its hash. Concurrent look-ups form batches and bypass the Prisma client.
   *
   * @param keyHash SHA-256 in hex
   */
  findByHash(keyHash: string): Promise<FoundKey | null> {
    return this.lookups.add(keyHash);
  }

  private async findByHashes(hashes: string[]): Promise<(FoundKey | null)[]> {
    const distinct = [...new Set(hashes)];
    const [row] = await this.prisma.queryDirectly<{ keys: string | null }>(Prisma.sql`
      SELECT json_agg(json_build_object('hash', encode(key_hash, 'hex'), 'id', id, 'userId', user_id, 'scopes', scopes,
        'revoked', revoked_at IS NOT NULL, 'expiresAt', extract(epoch FROM expires_at) * 1000,
        'lastUsedAt', extract(epoch FROM last_used_at) * 1000))::text AS keys
      FROM api_keys WHERE key_hash IN (
        SELECT decode(hash, 'hex') FROM unnest(string_to_array(${distinct.join()}, ',')) AS hash)`);
    const found = JSON.parse(row?.keys ?? '[]') as (FoundKey & { hash: string })[];
    const keys = new Map(found.map((key) => [key.hash, key]));
    return hashes.map((hash) => keys.get(hash) ?? null);
  }

  findById(id: string): Promise<ApiKey | null> {
    return this.prisma.apiKey.findUnique({ where: { id } });
  }

  /** The active keys of a user, newest first. */
  findActiveByUser(userId: string): Promise<ApiKey[]> {
    return this.prisma.apiKey.findMany({ where: { userId, ...active() }, orderBy: { createdAt: 'desc' } });
  }

  /**
   * Stores the key, unless the user has `limit` active ones.
   *
   * Also deletes all except the latest 100 of the user's revoked and expired keys, and never a bootstrap key. A caller that
   * creates and revokes keys all day can't fill the table. Holds the user's advisory lock, so that the limit holds under concurrent calls.
   *
   * @returns null if the limit is reached
   */
  createWithin(limit: number, key: Prisma.ApiKeyCreateInput): Promise<ApiKey | null> {
    const { userId } = key;
    return this.prisma.serialized(userId, async (tx: Transaction) => {
      const count = await tx.apiKey.count({ where: { userId, ...active() } });
      if (count >= limit) return null;
      await tx.$executeRaw`
        DELETE FROM api_keys WHERE id IN (
          SELECT id FROM api_keys
          WHERE user_id = ${userId} AND (revoked_at IS NOT NULL OR expires_at <= now()) AND NOT bootstrap
          ORDER BY coalesce(revoked_at, expires_at) DESC OFFSET ${MAX_ENDED_KEYS})`;
      return tx.apiKey.create({ data: key });
    });
  }

  /**
   * Stores the key, unless the database has any key, including revoked ones. Of processes that start at the same time, one
   * stores its key.
   *
   * @param handOver gives the key to the operator before the commit. If it fails, the transaction is rolled back, and no key
   *   remains that nobody knows.
   */
  async createFirst(key: Prisma.ApiKeyCreateInput, handOver: () => Promise<void>): Promise<void> {
    await this.prisma.serialized(FIRST_KEY_LOCK, async (tx) => {
      if ((await tx.apiKey.findFirst({ select: { id: true } })) !== null) return;
      await tx.apiKey.create({ data: key });
      await handOver();
    });
  }

  /**
   * Creates the bootstrap key, or gives an existing one of this user the scopes and no end. A revoked key stays revoked. A key
   * of another user stays as it is.
   *
   * @returns the row of the key
   */
  ensureBootstrap(key: Prisma.ApiKeyCreateInput & { scopes: string[] }): Promise<ApiKey> {
    const { userId, scopes } = key;
    return this.prisma.serialized(FIRST_KEY_LOCK, async (tx) => {
      const found = await tx.apiKey.findUnique({ where: { keyHash: key.keyHash } });
      if (found === null) return tx.apiKey.create({ data: { ...key, bootstrap: true } });
      if (found.userId !== userId) return found;
      const active = found.revokedAt === null ? { scopes, expiresAt: null } : {};
      return tx.apiKey.update({ where: { id: found.id }, data: { bootstrap: true, ...active } });
    });
  }

  /** Revokes a key, and notifies every process that may have open responses to it. */
  async revoke(id: string): Promise<ApiKey> {
    const revoked = await this.prisma.apiKey.update({ where: { id }, data: { revokedAt: new Date() } });
    await this.prisma.$queryRaw`SELECT ${notify(KEY_REVOKED_CHANNEL, id)} IS NULL AS notified`;
    return revoked;
  }

  async touch(id: string): Promise<void> {
    await this.prisma.apiKey.updateMany({ where: { id }, data: { lastUsedAt: new Date() } });
  }
}

function active(): Prisma.ApiKeyWhereInput {
  return { revokedAt: null, OR: [{ expiresAt: null }, { expiresAt: { gt: new Date() } }] };
}
