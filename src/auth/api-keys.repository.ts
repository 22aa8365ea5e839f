import { Injectable } from '@nestjs/common';
import { Batcher, upTo } from '../database/batcher.js';
import { PrismaService, type Transaction } from '../database/prisma.service.js';
import type { ApiKey, Prisma } from '../generated/prisma/client.js';

@Injectable()
export class ApiKeysRepository {
  private readonly lookups = new Batcher((hashes: Uint8Array<ArrayBuffer>[]) => this.findByHashes(hashes), upTo(500));

  constructor(private readonly prisma: PrismaService) {}

  /** Every request asks for its key anew, so that a revocation is effective at once; in batches when there are many. */
  findByHash(keyHash: Uint8Array<ArrayBuffer>): Promise<ApiKey | null> {
    return this.lookups.add(keyHash);
  }

  private async findByHashes(hashes: Uint8Array<ArrayBuffer>[]): Promise<(ApiKey | null)[]> {
    const texts = hashes.map(hexOf);
    const distinct = [
      ...new Map(texts.map((text, index) => [text, hashes[index] as Uint8Array<ArrayBuffer>])).values(),
    ];
    const found = await this.prisma.apiKey.findMany({ where: { keyHash: { in: distinct } } });
    const keys = new Map(found.map((key) => [hexOf(key.keyHash), key]));
    return texts.map((text) => keys.get(text) ?? null);
  }

  findById(id: string): Promise<ApiKey | null> {
    return this.prisma.apiKey.findUnique({ where: { id } });
  }

  /** The user's keys that work, newest first. */
  findActiveByUser(userId: string): Promise<ApiKey[]> {
    return this.prisma.apiKey.findMany({ where: { userId, ...active() }, orderBy: { createdAt: 'desc' } });
  }

  countAll(): Promise<number> {
    return this.prisma.apiKey.count();
  }

  /** Adds the key unless the user has `limit` active ones; then null. */
  createWithin(limit: number, key: Prisma.ApiKeyCreateInput): Promise<ApiKey | null> {
    return this.prisma.serialized(key.userId, async (tx: Transaction) => {
      const count = await tx.apiKey.count({ where: { userId: key.userId, ...active() } });
      return count >= limit ? null : tx.apiKey.create({ data: key });
    });
  }

  /** Makes sure that the key exists and works. */
  async ensure(key: Prisma.ApiKeyCreateInput): Promise<void> {
    const { userId, scopes } = key;
    await this.prisma.apiKey.upsert({
      where: { keyHash: key.keyHash },
      create: key,
      update: { userId, ...(scopes ? { scopes } : {}), revokedAt: null, expiresAt: null },
    });
  }

  async revoke(id: string): Promise<void> {
    await this.prisma.apiKey.update({ where: { id }, data: { revokedAt: new Date() } });
  }

  async touch(id: string): Promise<void> {
    await this.prisma.apiKey.updateMany({ where: { id }, data: { lastUsedAt: new Date() } });
  }
}

function hexOf(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('hex');
}

function active(): Prisma.ApiKeyWhereInput {
  return { revokedAt: null, OR: [{ expiresAt: null }, { expiresAt: { gt: new Date() } }] };
}
