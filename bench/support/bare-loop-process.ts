import { randomBytes, randomUUID } from 'node:crypto';
import { Agent, request } from 'undici';
import { bodySignature, standardSignature } from '../../src/verify/signatures.js';
import type { BareLoopOrder } from './bare-loop.js';
import { now } from './clock.js';
import { atOnce, SAMPLE_BODY } from './events.js';
import { openLoop } from './open-loop.js';

/** A delivery without storage: signs a body for both headers and posts it. */
const secret = randomBytes(32).toString('hex');
const dispatcher = new Agent();

async function deliver(url: string, body: string): Promise<void> {
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

async function obey(order: BareLoopOrder): Promise<void> {
  const { url, count } = order;
  if ('concurrency' in order) {
    const begin = now();
    await atOnce(order.concurrency, Array.from({ length: count }), () => deliver(url, SAMPLE_BODY));
    process.send?.({ seconds: (now() - begin) / 1_000 });
  } else {
    const times = await openLoop(order, (index) =>
      deliver(url, SAMPLE_BODY.replace('extract-00000000', `extract-${index}`)),
    );
    process.send?.({ times });
  }
}

process.on('message', (order: BareLoopOrder) => void obey(order));
process.on('disconnect', () => process.exit(0));
