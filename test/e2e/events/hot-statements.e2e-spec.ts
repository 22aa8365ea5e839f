import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Prisma } from '../../../src/generated/prisma/client.js';
import { PrismaService } from '../../../src/database/prisma.service.js';
import { startApp, type TestApp } from '../../support/app.js';

const MB = 1e6;

describe('Statements of the hot path', () => {
  let service: TestApp;

  beforeAll(async () => {
    service = await startApp();
  });

  afterAll(() => service.close());

  /** Sends 120 MB in statements of 2 MB each. The driver adapter would keep the last hundred of them. */
  it('keep nothing of their parameters in memory', async () => {
    const prisma = service.app.get(PrismaService);
    const before = heapAfterCollection();
    for (let round = 0; round < 60; round += 1) {
      const text = JSON.stringify(Array.from({ length: 2_000 }, () => `${round} ${'é'.repeat(490)}`));
      const [row] = await prisma.queryDirectly<{ bytes: number }>(
        Prisma.sql`SELECT octet_length(${text}::text) AS bytes`,
      );
      expect(row).toEqual({ bytes: Buffer.byteLength(text) });
    }
    expect(heapAfterCollection() - before).toBeLessThan(40 * MB);
  });

  it('fail with the error of PostgreSQL, and work again', async () => {
    const prisma = service.app.get(PrismaService);
    const toNumber = (text: string) =>
      prisma.queryDirectly<{ number: number }>(Prisma.sql`SELECT ${text}::text::int AS number`);
    for (let round = 0; round < 2; round += 1) {
      await expect(toNumber('x')).rejects.toMatchObject({ code: '22P02' });
      await expect(prisma.queryDirectly(Prisma.sql`SELECT nothing`)).rejects.toMatchObject({ code: '42703' });
      expect(await toNumber('5')).toEqual([{ number: 5 }]);
    }
  });

  it('see a transaction as a whole', async () => {
    const prisma = service.app.get(PrismaService);
    const count = async () => {
      const [row] = await prisma.queryDirectly<{ count: number }>(Prisma.sql`
        SELECT count(*)::int AS count FROM recoveries WHERE user_id = ${'uid_whole'}`);
      return row?.count;
    };
    const counts: Promise<number | undefined>[] = [];
    const writing = prisma.$transaction(async (tx) => {
      await insert(tx);
      counts.push(count());
      await insert(tx);
      counts.push(count());
      await insert(tx);
    });
    await writing;
    for (const seen of await Promise.all(counts)) expect([0, 3]).toContain(seen);
    expect(await count()).toBe(3);
  });

  it.each<[string, (string | null)[]]>([
    ['none', []],
    ['an empty one', ['']],
    ['nulls', ['a', null, '', 'null', 'NULL', null]],
    ['characters that are special elsewhere', ['{"a":"\\"b\\\\"}', "it's", '{a,b}', 'a\nb\tc', 'é', '日本', '😀']],
    ['many', Array.from({ length: 500 }, (_, index) => 'ü'.repeat(index))],
  ])('take an array of texts as it is: %s', async (_name, texts) => {
    const rows = await service.app.get(PrismaService).queryDirectly<{ text: string | null }>(Prisma.sql`
      SELECT text FROM unnest(${texts}::text[]) WITH ORDINALITY AS listed(text, place) ORDER BY place`);
    expect(rows).toEqual(texts.map((text) => ({ text })));
  });
});

const insert = (tx: Prisma.TransactionClient) => tx.$executeRaw`
  INSERT INTO recoveries (id, user_id, webhook_id, since, until)
  VALUES (gen_random_uuid(), 'uid_whole', gen_random_uuid(), now(), now())`;

function heapAfterCollection(): number {
  setFlagsFromString('--expose-gc');
  (runInNewContext('gc') as () => void)();
  return process.memoryUsage().heapUsed;
}
