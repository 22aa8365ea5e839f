import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { SecretCipher } from '../../src/webhooks/secret-cipher.js';
import { startApp } from '../support/app.js';
import { newDatabase, type TestDatabase } from '../support/database.js';

/** Represents a cipher that uses a key service. */
class HostCipher extends SecretCipher {
  constructor(private readonly prefix: string) {
    super();
  }

  override encrypt(secret: string, webhookUuid: string) {
    return new TextEncoder().encode(`${this.prefix} ${webhookUuid} ${secret}`);
  }

  override decrypt(encrypted: Uint8Array, webhookUuid: string) {
    const [prefix, uuid, secret] = new TextDecoder().decode(encrypted).split(' ');
    if (prefix !== this.prefix || uuid !== webhookUuid || !secret) throw new Error(`${this.prefix} reads no such text`);
    return secret;
  }
}

describe('A host application with its own cipher', () => {
  let database: TestDatabase;

  beforeEach(async () => {
    database = await newDatabase();
  });

  afterEach(() => database.drop());

  const start = (cipher: SecretCipher) =>
    startApp({ database, override: (builder) => builder.overrideProvider(SecretCipher).useValue(cipher) });

  it('starts again with a cipher that reads what the first one wrote', async () => {
    await (await start(new HostCipher('one'))).close();
    const service = await start(new HostCipher('one'));
    expect((await service.api.get('/v1/webhooks')).status).toBe(200);
    await service.close();
  });

  it('is refused with a cipher that can not read it, with the reason that the cipher gives', async () => {
    await (await start(new HostCipher('one'))).close();
    await expect(start(new HostCipher('other'))).rejects.toMatchObject({
      name: 'DatabaseStartError',
      message: expect.stringContaining('other reads no such text'),
    });
  });

  it('is refused with a cipher that decrypts to another text', async () => {
    await (await start(new HostCipher('one'))).close();
    const garbling = new HostCipher('one');
    garbling.decrypt = () => 'f'.repeat(64);
    await expect(start(garbling)).rejects.toMatchObject({ name: 'DatabaseStartError' });
  });
});
