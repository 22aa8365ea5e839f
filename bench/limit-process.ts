import { randomBytes, randomUUID } from 'node:crypto';
import { Agent, request } from 'undici';
import { bodySignature, standardSignature } from '../src/dispatcher/signature.js';

/**
 * The reference: what remains of a delivery when nothing is stored. It signs a body with both headers and posts it, with
 * as many requests in flight as asked for, on one core.
 */
const [url = '', count = '0', concurrency = '1', body = ''] = process.argv.slice(2);
const secret = randomBytes(32).toString('hex');
const dispatcher = new Agent();
let left = Number(count);

async function loop(): Promise<void> {
  while (left > 0) {
    left -= 1;
    const id = randomUUID();
    const timestamp = Math.floor(Date.now() / 1_000);
    const response = await request(url, {
      dispatcher,
      method: 'POST',
      body,
      headers: {
        'content-type': 'application/json',
        'webhook-id': id,
        'webhook-timestamp': String(timestamp),
        'webhook-signature': standardSignature({ id, timestamp, body }, [secret]),
        'x-docmap-signature': bodySignature(body, [secret]),
      },
    });
    await response.body.dump();
  }
}

const begin = performance.now();
await Promise.all(Array.from({ length: Number(concurrency) }, loop));
process.send?.({ seconds: (performance.now() - begin) / 1_000 });
process.disconnect?.();
await dispatcher.close();
