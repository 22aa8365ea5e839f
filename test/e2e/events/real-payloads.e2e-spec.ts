import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { expect, it } from '@jest/globals';
import { membersOf } from '../../../src/common/json-members.js';
import { startApp } from '../../support/app.js';
import { Receiver } from '../../support/receiver.js';
import { newSubscriber } from '../support/subscriber.js';

/** Payloads of other services' webhooks, each as the published text. */
function realPayloads(): string[] {
  const path = createRequire(import.meta.url).resolve('@octokit/webhooks-examples/api.github.com/index.json');
  return elementsOf(readFileSync(path, 'utf8')).flatMap((event) => {
    const examples = membersOf(event).members.find(({ name }) => name === 'examples')?.value;
    return elementsOf(event.slice(examples?.start, examples?.end));
  });
}

function elementsOf(text: string): string[] {
  return membersOf(text).members.map(({ value }) => text.slice(value.start, value.end));
}

it('Real payloads arrive with the text in which they were published', async () => {
  // Some have an id of their own, which the data of an event may not have at its top level.
  const data = realPayloads().map((text) => `{"payload": ${text}}`);
  expect(data).toHaveLength(329);
  const service = await startApp();
  const receiver = await Receiver.start();
  const { userId, api } = await newSubscriber(service, receiver.url);
  for (let start = 0; start < data.length; start += 50) {
    const events = data.slice(start, start + 50).map((text, index) => {
      return `{"event":"extraction.completed","userId":"${userId}","extractionId":"e${start + index}","data":${text}}`;
    });
    expect((await api.post('/v1/events/batch', `{"events":[${events.join(',\n')}]}`)).status).toBe(202);
  }
  await receiver.received(data.length);
  const received = receiver.requests.map(({ body }) => body.replace(/^.*?"data":/s, ''));
  const expected = data.map((text, index) => `{"id":"e${index}",${text.slice(1)}}`);
  expect(received.toSorted()).toEqual(expected.toSorted());
  await service.close();
  await receiver.close();
});
