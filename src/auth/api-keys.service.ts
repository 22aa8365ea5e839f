import { setTimeout as delay } from 'node:timers/promises';
import { Injectable, Logger } from '@nestjs/common';
import { API_KEY } from '../common/api-key-format.js';
import { DomainError } from '../common/domain-error.js';
import { isUuid } from '../common/ids.js';
import { unknownId } from '../common/unknown-id.js';
import { AppConfig } from '../config/app-config.js';
import { isExampleKey } from '../config/example-keys.js';
import { isLoopback } from '../config/loopback.js';
import type { ApiKey } from '../generated/prisma/client.js';
import type { ApiKeyDto, CreateApiKeyDto, CreatedApiKeyDto, KeyLifetime, ListApiKeysDto } from './api-keys.dto.js';
import { ApiKeysRepository, type FoundKey } from './api-keys.repository.js';
import { Authenticator } from './authenticator.js';
import { checkCaller, hasScope, mayActFor, userOf, type Caller, type KeyScope } from './caller.js';
import { malformedKeyMessage } from './credentials-fault.js';
import { generateKey, hexHashOf, newKey } from './new-key.js';
import { RECENT_MS, RecentKeys } from './recent-keys.js';
import { text } from '../translations/phrase.js';

const MAX_ACTIVE_KEYS = 10;
const DAY_MS = 86_400_000;
const LIFETIME_DAYS: Record<KeyLifetime, number | null> = { '30d': 30, '60d': 60, '90d': 90, '1y': 365, never: null };
/** Minimum time between writes of `lastUsedAt`, so that authentication rarely writes. */
const TOUCH_INTERVAL_MS = 60_000;

/** Creates, lists and revokes API keys, and authenticates callers by them. */
@Injectable()
export class ApiKeysService extends Authenticator {
  private readonly logger = new Logger(ApiKeysService.name);
  private readonly recent = new RecentKeys();

  /** Whether the service listens on a loopback address only. */
  private readonly isLocal: boolean;

  constructor(
    private readonly repository: ApiKeysRepository,
    config: AppConfig,
  ) {
    super();
    this.isLocal = isLoopback(config.host);
  }

  override async authenticate(token: string, digest = hexHashOf(token)): Promise<Caller> {
    if (isExampleKey(token) && !this.isLocal) {
      throw new DomainError(
        'UNAUTHORIZED',
        'This is the example key of the documents, which is public. Create a key of your own.',
      );
    }
    if (!API_KEY.test(token)) throw new DomainError('UNAUTHORIZED', malformedKeyMessage(token));
    const key = await this.find(digest);
    if (key === null) {
      throw new DomainError(
        'UNAUTHORIZED',
        'The API key is invalid: check that it is complete and belongs to this server.',
      );
    }
    if (key.revoked) throw new DomainError('UNAUTHORIZED', 'The API key is invalid: it was revoked. Use another one.');
    const now = Date.now();
    if (key.expiresAt !== null && key.expiresAt <= now) {
      throw new DomainError('UNAUTHORIZED', 'The API key has expired. Use another one.');
    }
    if (now - (key.lastUsedAt ?? 0) > TOUCH_INTERVAL_MS) {
      key.lastUsedAt = now;
      void this.repository
        .touch(key.id)
        .catch((error: Error) => this.logger.warn(`lastUsedAt was not written: ${error.message}`));
    }
    return { userId: key.userId, keyId: key.id, scopes: key.scopes };
  }

  private async find(hash: string): Promise<FoundKey | null> {
    const now = performance.now();
    const recent = this.recent.find(hash, now);
    if (recent) return recent;
    const key = await this.repository.findByHash(hash);
    if (key !== null && !key.revoked) this.recent.remember(hash, key, now);
    return key;
  }

  async create(caller: Caller, input: CreateApiKeyDto): Promise<CreatedApiKeyDto> {
    checkCaller(caller);
    const { name, expiresIn, scopes = ['webhooks'], userId: owner } = input;
    const userId = userOf(caller, owner);
    const lacking = scopes.filter((scope) => !hasScope(caller, scope));
    if (lacking.length > 0) {
      throw new DomainError(
        'FORBIDDEN',
        text("A key can't grant what it lacks: {{scopes}}.", { scopes: lacking.join(', ') }),
      );
    }
    const days = LIFETIME_DAYS[expiresIn];
    const expiresAt = days === null ? null : new Date(Date.now() + days * DAY_MS);
    const key = generateKey();
    const created = await this.repository.createWithin(
      MAX_ACTIVE_KEYS,
      newKey({ key, userId, name, scopes, expiresAt }),
    );
    if (created === null) {
      const max = MAX_ACTIVE_KEYS;
      throw new DomainError(
        'MAX_KEYS_REACHED',
        userId === caller.userId
          ? text('You have {{max}} active API keys. Revoke one first.', { max })
          : text('{{userId}} has {{max}} active API keys. Revoke one first.', { userId, max }),
      );
    }
    return { key, apiKey: toDto(created) };
  }

  async list(caller: Caller, { userId }: ListApiKeysDto = {}): Promise<ApiKeyDto[]> {
    checkCaller(caller);
    return (await this.repository.findActiveByUser(userOf(caller, userId))).map(toDto);
  }

  /** @returns the revoked key */
  async revoke(caller: Caller, id: string): Promise<ApiKeyDto> {
    checkCaller(caller);
    const key = isUuid(id) ? await this.repository.findById(id) : null;
    if (key === null || key.revokedAt !== null) throw unknownId('API key');
    if (!mayActFor(caller, key.userId)) throw new DomainError('FORBIDDEN', 'This API key belongs to another user.');
    const revoked = await this.repository.revoke(id);
    await delay(RECENT_MS);
    return toDto(revoked);
  }

  /**
   * The properties of a key in any state, for an operator who has found the key itself.
   *
   * @internal
   * @throws DomainError `NOT_FOUND`
   */
  async describe(key: string): Promise<ApiKeyDto> {
    const found = await this.repository.findByHash(hexHashOf(key));
    const row = found === null ? null : await this.repository.findById(found.id);
    if (row === null) throw unknownId('API key');
    return toDto(row);
  }
}

function toDto(key: ApiKey): ApiKeyDto {
  const { id, userId, name, prefix, scopes, expiresAt, lastUsedAt, createdAt, revokedAt } = key;
  return {
    id,
    userId,
    name,
    prefix,
    scopes: scopes as KeyScope[],
    expiresAt,
    lastUsedAt,
    createdAt,
    revoked: revokedAt !== null,
  };
}
