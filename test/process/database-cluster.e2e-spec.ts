import { afterEach, expect, it, jest } from '@jest/globals';
import { PrivateCluster } from '../crash/support/private-cluster.js';
import { eventually } from '../support/api-client.js';
import { describeOnCluster, describeOnDisk } from './support/kinds.js';
import { Stage } from './support/stage.js';
import { publish, timed } from './support/timed.js';

jest.setTimeout(60_000);

const WAIT_MS = 40_000;
const stage = new Stage();

afterEach(() => stage.clear());

describeOnCluster('While the database server stands still, the service', () => {
  it('answers 503 in time, and works again when the server does', async () => {
    const cluster = await PrivateCluster.create();
    stage.keep(cluster);
    const receiver = await stage.receiver();
    const { api } = await stage.start(cluster);
    await api.createWebhook(receiver.url);
    await api.publish();
    await api.log(1);
    await cluster.freeze();
    try {
      const answers = await Promise.all([publish(api), publish(api), timed(api.get('/health/ready'))]);
      for (const { status, ms } of answers) {
        expect(status).toBe(503);
        expect(ms).toBeLessThan(10_000);
      }
    } finally {
      await cluster.thaw();
    }
    const back = performance.now();
    await eventually(async () => ((await publish(api)).status === 202 ? true : undefined), 'an event to be accepted');
    expect(performance.now() - back).toBeLessThan(5_000);
    await receiver.received(2, WAIT_MS);
  });
});

describeOnDisk('While the disk of the database is full, the service', () => {
  it('is not ready, and ready again when there is room', async () => {
    const cluster = await PrivateCluster.create({ diskMiB: 160 });
    stage.keep(cluster);
    const { api } = await stage.start(cluster);
    expect(await timed(api.get('/health/ready'))).toMatchObject({ status: 200 });
    await cluster.fillDisk();
    const answer = await eventually(async () => {
      const ready = await timed(api.get('/health/ready'));
      return ready.status === 503 ? ready : undefined;
    }, 'the answer that the disk is full');
    expect(answer.error?.message).toMatch(/^disk-full: /);
    await cluster.freeDisk();
    await eventually(async () => ((await api.get('/health/ready')).status === 200 ? true : undefined), 'readiness');
  });
});
