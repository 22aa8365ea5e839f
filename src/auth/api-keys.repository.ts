import { Injectable } from '@nestjs/common';
import { PrismaService, type Transaction } from '../database/prisma.service.js';
import type { ApiKey, Prisma } from '../generated/prisma/client.js';

@Injectable()
export class ApiKeysRepository {
  constructor(private readonly prisma: PrismaService) {}

  findByHash(keyHash: Uint8Array<ArrayBuffer>): Promise<ApiKey | null> {
    return this.prisma.apiKey.findUnique({ where: { keyHash } });
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

function active(): Prisma.ApiKeyWhereInput {
  return { revokedAt: null, OR: [{ expiresAt: null }, { expiresAt: { gt: new Date() } }] };
}
