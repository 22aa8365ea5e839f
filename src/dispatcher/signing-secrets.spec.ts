import { setImmediate } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { LocalShortageError } from '../common/local-shortage.error.js';
import type { LeasedDelivery } from '../queue/outbox.types.js';
import { SecretCipher } from '../webhooks/secret-cipher.js';
import { NotReadyError } from './not-ready.error.js';
import { SigningSecrets } from './signing-secrets.js';

const HOUR_MS = 3_600_000;

/** The calls of a cipher that answers when the test says. */
class HeldCipher extends SecretCipher {
  readonly calls: { webhookId: string; answer: (secret: string) => void; fail: (error: Error) => void }[] = [];

  override encrypt(secret: string) {
    return Buffer.from(secret);
  }

  override decrypt(_encrypted: Uint8Array, webhookId: string): Promise<string> {
    return new Promise((answer, fail) => this.calls.push({ webhookId, answer, fail }));
  }
}

class ImmediateCipher extends HeldCipher {
  asked = 0;

  override decrypt(encrypted: Uint8Array): never {
    this.asked += 1;
    if (encrypted.length === 0) throw new Error('unreadable');
    return Buffer.from(encrypted).toString() as never;
  }
}

function bytesOf(text: string): Uint8Array {
  return new Uint8Array(Buffer.from(text));
}

/** A delivery of a new claim: its bytes are other objects each time. */
function delivery(secret: string, webhookUuid = 'w', previousSecret?: string): LeasedDelivery {
  const previous = previousSecret === undefined ? null : bytesOf(previousSecret);
  return { webhookUuid, secret: bytesOf(secret), previousSecret: previous } as LeasedDelivery;
}

describe('Signing secrets', () => {
  let cipher: HeldCipher;
  let secrets: SigningSecrets;

  beforeEach(() => {
    jest.useFakeTimers({ doNotFake: ['nextTick', 'setImmediate', 'queueMicrotask'] });
    // For lru-cache the time 0 means that an entry has no time.
    jest.advanceTimersByTime(1);
    cipher = new HeldCipher();
    secrets = new SigningSecrets(cipher);
  });

  afterEach(() => {
    jest.useRealTimers();
  });

  /** The error for a secret that is not decrypted yet. */
  function pending(of: LeasedDelivery): NotReadyError {
    try {
      secrets.of(of);
    } catch (error) {
      if (error instanceof NotReadyError) return error;
      throw error;
    }
    throw new Error('It is known');
  }

  it('are available at once when the cipher is synchronous, with one call per claim', () => {
    const immediate = new ImmediateCipher();
    secrets = new SigningSecrets(immediate);
    const claimed = delivery('new', 'w', 'old');
    expect(secrets.of(claimed)).toEqual(['new', 'old']);
    expect(secrets.of({ ...claimed })).toBe(secrets.of(claimed));
    expect(immediate.asked).toBe(2);
    expect(() => secrets.of(delivery(''))).toThrow('unreadable');
    expect(secrets.of(delivery('new', 'w', ''))).toEqual(['new']);
  });

  it('are cached for later claims when an asynchronous cipher has answered, with one call each', async () => {
    const first = pending(delivery('bytes'));
    expect(pending(delivery('bytes')).mayRetry).toBe(first.mayRetry);
    expect(cipher.calls).toHaveLength(1);
    cipher.calls[0]!.answer('secret');
    await first.mayRetry;
    expect(secrets.of(delivery('bytes'))).toEqual(['secret']);
    expect(cipher.calls).toHaveLength(1);
  });

  it('belong to one webhook and one ciphertext only', async () => {
    const all = [delivery('bytes'), delivery('bytes', 'other'), delivery('rotated')].map(pending);
    cipher.calls.forEach(({ answer }, index) => answer(`secret ${index}`));
    await Promise.all(all.map(({ mayRetry }) => mayRetry));
    expect(secrets.of(delivery('bytes', 'other'))).toEqual(['secret 1']);
    expect(secrets.of(delivery('rotated'))).toEqual(['secret 2']);
    expect(cipher.calls.map(({ webhookId }) => webhookId)).toEqual(['w', 'other', 'w']);
  });

  it('are remembered as unreadable for a while when the cipher fails', async () => {
    const { mayRetry } = pending(delivery('bytes'));
    cipher.calls[0]!.fail(new Error('another key'));
    await mayRetry;
    expect(() => secrets.of(delivery('bytes'))).toThrow('another key');
    expect(cipher.calls).toHaveLength(1);
    jest.advanceTimersByTime(HOUR_MS);
    expect(pending(delivery('bytes'))).toBeInstanceOf(NotReadyError);
    expect(cipher.calls).toHaveLength(2);
  });

  it('leave out the previous secret when it is unreadable', async () => {
    const current = pending(delivery('new', 'w', 'old'));
    cipher.calls[0]!.answer('secret');
    await current.mayRetry;
    const previous = pending(delivery('new', 'w', 'old'));
    cipher.calls[1]!.fail(new Error('another key'));
    await previous.mayRetry;
    expect(secrets.of(delivery('new', 'w', 'old'))).toEqual(['secret']);
  });

  it('are decrypted again after a pause when the key is unavailable', async () => {
    const { mayRetry } = pending(delivery('bytes'));
    cipher.calls[0]!.fail(new LocalShortageError('no KMS'));
    await setImmediate();
    expect(pending(delivery('bytes')).mayRetry).toBe(mayRetry);
    jest.advanceTimersByTime(10_000);
    await mayRetry;
    pending(delivery('bytes'));
    expect(cipher.calls).toHaveLength(2);
  });

  it('stay in use while they are decrypted again, and while the key is unavailable', async () => {
    const { mayRetry } = pending(delivery('bytes'));
    cipher.calls[0]!.answer('secret');
    await mayRetry;
    for (const asked of [2, 3]) {
      jest.advanceTimersByTime(HOUR_MS);
      for (let time = 0; time < 2; time += 1) expect(secrets.of(delivery('bytes'))).toEqual(['secret']);
      expect(cipher.calls).toHaveLength(asked);
      cipher.calls.at(-1)!.fail(new LocalShortageError('no KMS'));
      await setImmediate();
      expect(secrets.of(delivery('bytes'))).toEqual(['secret']);
      expect(cipher.calls).toHaveLength(asked);
    }
  });

  it('are not used any more when the cipher fails to read them again', async () => {
    const { mayRetry } = pending(delivery('bytes'));
    cipher.calls[0]!.answer('secret');
    await mayRetry;
    jest.advanceTimersByTime(HOUR_MS);
    secrets.of(delivery('bytes'));
    cipher.calls[1]!.fail(new Error('the key was revoked'));
    await setImmediate();
    expect(() => secrets.of(delivery('bytes'))).toThrow('the key was revoked');
  });

  it('are decrypted in turn: a KMS gets a limited number of concurrent requests', async () => {
    const all = Array.from({ length: 100 }, (_, id) => pending(delivery('bytes', `w${id}`)));
    expect(cipher.calls).toHaveLength(64);
    for (let id = 0; id < 100; id += 1) {
      cipher.calls[id]!.answer(`secret ${id}`);
      await setImmediate();
    }
    await Promise.all(all.map(({ mayRetry }) => mayRetry));
    expect(secrets.of(delivery('bytes', 'w99'))).toEqual(['secret 99']);
  });
});
