import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { chmod, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Logger } from '@nestjs/common';
import { ApiKeysRepository } from '../../../src/auth/api-keys.repository.js';
import { generateKey, newKey } from '../../../src/auth/new-key.js';
import { RECENT_MS } from '../../../src/auth/recent-keys.js';
import { PrismaService } from '../../../src/database/prisma.service.js';
import { RetentionService } from '../../../src/retention/retention.service.js';
import { ApiClient } from '../../support/api-client.js';
import { startApp, type TestApp } from '../../support/app.js';
import { BOOTSTRAP_KEY } from '../../support/bootstrap-key.js';
import { newDatabase, type TestDatabase } from '../../support/database.js';

const PRINTED_KEY = /dm_live_[0-9a-f]{64}/g;
/** An embedded database takes seconds to start on a busy machine. */
const RESTARTS_TIMEOUT_MS = 90_000;

jest.setTimeout(RESTARTS_TIMEOUT_MS);

describe('The first API key', () => {
  let database: TestDatabase;
  let service: TestApp | undefined;
  let warn: ReturnType<typeof jest.spyOn>;

  beforeEach(async () => {
    warn = jest.spyOn(Logger.prototype, 'warn');
    database = await newDatabase();
  });

  afterEach(async () => {
    await service?.close();
    service = undefined;
    warn.mockRestore();
    await database.drop();
  });

  /** Starts or restarts the service, and keeps its standard output. */
  async function start(
    env: Record<string, string> = {},
    isTTY = false,
  ): Promise<{ service: TestApp; printed: string }> {
    await service?.close();
    const write = jest.spyOn(process.stdout, 'write').mockReturnValue(true);
    const was = process.stdout.isTTY;
    process.stdout.isTTY = isTTY;
    try {
      service = await startApp({ database, env });
      return { service, printed: write.mock.calls.map(([text]) => String(text)).join('') };
    } finally {
      process.stdout.isTTY = was;
      write.mockRestore();
    }
  }

  describe('named by BOOTSTRAP_API_KEY', () => {
    it('works from the start, with every scope, for BOOTSTRAP_USER_ID, and is not printed', async () => {
      const { service: app, printed } = await start({ BOOTSTRAP_USER_ID: 'uid_of_the_owner' });
      const { status, body } = await app.api.get('/v1/api-keys');
      expect(status).toBe(200);
      expect(body.data).toHaveLength(1);
      expect(body.data[0]).toMatchObject({
        userId: 'uid_of_the_owner',
        prefix: BOOTSTRAP_KEY.slice(0, 12),
        scopes: ['webhooks', 'events:publish', 'admin'],
        expiresAt: null,
      });
      expect(printed).not.toContain('dm_live_');
    });

    it('stays one key without an end after every restart', async () => {
      const first = await start();
      const { body } = await first.service.api.get('/v1/api-keys');
      expect(body.data).toMatchObject([{ userId: 'uid_local' }]);
      await first.service.app.get(PrismaService).apiKey.updateMany({ data: { expiresAt: new Date(0), scopes: [] } });
      await delay(RECENT_MS);
      expect((await first.service.api.get('/v1/webhooks')).status).toBe(401);

      const second = await start();
      expect((await second.service.api.get('/v1/api-keys')).body.data).toMatchObject([
        { id: body.data[0].id, expiresAt: null, scopes: ['webhooks', 'events:publish', 'admin'] },
      ]);
    });

    it('stays revoked after a restart and after its retention, and the start says so', async () => {
      const first = await start();
      const { body } = await first.service.api.get('/v1/api-keys');
      await first.service.api.delete(`/v1/api-keys/${body.data[0].id}`);

      const second = await start();
      expect((await second.service.api.get('/v1/webhooks')).status).toBe(401);
      expect(warn).toHaveBeenCalledWith(
        expect.stringMatching(/^BOOTSTRAP_API_KEY was revoked at 20\S+Z and stays revoked: set another key, or remove/),
      );
      const longAgo = new Date(Date.now() - 100 * 86_400_000);
      await second.service.app.get(PrismaService).apiKey.updateMany({ data: { revokedAt: longAgo } });
      await second.service.app.get(RetentionService).removeExpired();

      const third = await start();
      expect((await third.service.api.get('/v1/webhooks')).status).toBe(401);
      expect(await third.service.app.get(PrismaService).apiKey.count()).toBe(1);
    });

    it('stays revoked when its user revokes more keys than are kept', async () => {
      const { service: app } = await start();
      const repository = app.app.get(ApiKeysRepository);
      const { body } = await app.api.get('/v1/api-keys');
      await repository.revoke(body.data[0].id);
      for (let count = 0; count < 102; count += 1) {
        const scopes = ['webhooks'];
        const row = newKey({ key: generateKey(), userId: 'uid_local', name: 'x', scopes, expiresAt: new Date() });
        await repository.createWithin(Infinity, row);
      }
      expect(await repository.findById(body.data[0].id)).toMatchObject({ bootstrap: true });
      expect(await app.app.get(PrismaService).apiKey.count()).toBeLessThanOrEqual(102);
    });

    it('is refused for another user, and stays with its owner', async () => {
      await start();
      await expect(start({ BOOTSTRAP_USER_ID: 'uid_other' })).rejects.toMatchObject({
        name: 'ConfigError',
        faults: [
          'BOOTSTRAP_API_KEY belongs to uid_local, and BOOTSTRAP_USER_ID is uid_other. A key never changes its owner: set ' +
            'another key, or BOOTSTRAP_USER_ID to uid_local',
        ],
      });
      service = undefined;
      const again = await start();
      expect((await again.service.api.get('/v1/api-keys')).body.data).toMatchObject([{ userId: 'uid_local' }]);
    });
  });

  describe('not named, on an empty database', () => {
    let file: string;

    beforeEach(() => {
      file = join(database.env.DATA_DIR ?? '', 'first-api-key');
    });

    it('is made once and shown on a terminal, and then no file is written', async () => {
      const first = await start({ BOOTSTRAP_API_KEY: '', BOOTSTRAP_USER_ID: 'uid_of_the_owner' }, true);
      const keys = first.printed.match(PRINTED_KEY) ?? [];
      expect(keys).toHaveLength(1);
      expect(first.printed).toContain('uid_of_the_owner');
      await expectFirstKey(String(keys[0]), first.service);
      await expect(stat(file)).rejects.toMatchObject({ code: 'ENOENT' });

      const second = await start({ BOOTSTRAP_API_KEY: '' }, true);
      expect(second.printed).not.toContain('dm_live_');
      await expectFirstKey(String(keys[0]), second.service);
    });

    it('is made once and written to a file for its owner only when the output is no terminal', async () => {
      const first = await start({ BOOTSTRAP_API_KEY: '', BOOTSTRAP_USER_ID: 'uid_of_the_owner' });
      expect(first.printed).not.toContain('dm_live_');
      const text = await readFile(file, 'utf8');
      expect(text).toMatch(/^dm_live_[0-9a-f]{64}\n$/);
      expect((await stat(file)).mode & 0o777).toBe(0o600);
      await expectFirstKey(text.trim(), first.service);

      await chmod(file, 0o644);
      const second = await start({ BOOTSTRAP_API_KEY: '' });
      expect(await readFile(file, 'utf8')).toBe(text);
      expect((await stat(file)).mode & 0o777).toBe(0o600);
      await expectFirstKey(text.trim(), second.service);
    });

    it('is not made where a key exists, even a revoked one', async () => {
      const first = await start();
      await first.service.app.get(PrismaService).apiKey.updateMany({ data: { revokedAt: new Date() } });
      const second = await start({ BOOTSTRAP_API_KEY: '' });
      expect(second.printed).not.toContain('dm_live_');
      expect(await second.service.app.get(PrismaService).apiKey.count()).toBe(1);
    });
  });

  describe('of the documents', () => {
    it('is refused as BOOTSTRAP_API_KEY when other machines can reach the process', async () => {
      await expect(start({ HOST: '0.0.0.0' })).rejects.toMatchObject({
        name: 'ConfigError',
        faults: [
          expect.stringMatching(/^BOOTSTRAP_API_KEY is the example key.*openssl rand -hex 32.*HOST=127\.0\.0\.1/),
        ],
      });
    });

    it('stops working when a process that other machines can reach starts on the same database', async () => {
      const first = await start();
      expect((await first.service.api.get('/v1/webhooks')).status).toBe(200);
      const second = await start({ HOST: '0.0.0.0', BOOTSTRAP_API_KEY: '' });
      expect(await second.service.api.get('/v1/webhooks')).toMatchObject({
        status: 401,
        body: { error: { code: 'UNAUTHORIZED', message: expect.stringContaining('example key of the documents') } },
      });
      const third = await start({ HOST: '::1', BOOTSTRAP_API_KEY: '' });
      expect((await third.service.api.get('/v1/webhooks')).status).toBe(200);
    });
  });
});

async function expectFirstKey(key: string, { url }: TestApp): Promise<void> {
  const { status, body } = await new ApiClient(url, key).get('/v1/api-keys');
  expect(status).toBe(200);
  expect(body.data).toMatchObject([{ userId: 'uid_of_the_owner', scopes: ['webhooks', 'events:publish', 'admin'] }]);
}
