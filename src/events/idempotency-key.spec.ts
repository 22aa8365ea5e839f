import 'reflect-metadata';
import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { runs } from '../../test/support/run-length.js';
import type { Caller } from '../auth/caller.js';
import { JsonText } from '../common/json-text.js';
import { EventTypes } from '../webhooks/event-types.js';
import { EventsController } from './events.controller.js';
import type { EventsService } from './events.service.js';

const CALLER: Caller = { userId: 'uid_1', keyId: 'key_1', scopes: ['events:publish'] };
const EVENT = { event: 'extraction.completed', userId: 'uid_1', extractionId: 'extract_1', data: {} };
const BODY = new JsonText(JSON.stringify(EVENT));
const BATCH_BODY = new JsonText(JSON.stringify({ events: [EVENT] }));
const FAULT = { code: 'VALIDATION_ERROR', message: 'Idempotency-Key must be 1 to 255 visible ASCII characters' };

/** A controller that adds the key of every accepted request to `keys`. */
function controllerThatKeeps(keys: (string | undefined)[]): EventsController {
  const accept = async (_caller: Caller, _events: unknown, { key }: { key?: string }): Promise<unknown[]> => {
    keys.push(key);
    return [];
  };
  return new EventsController({ accept } as unknown as EventsService, new EventTypes());
}

describe('EventsController', () => {
  it('accepts an Idempotency-Key on both routes exactly when it has 1 to 255 visible ASCII characters', async () => {
    const visible = fc.string({ minLength: 1, maxLength: 300 });
    const key = fc.oneof(
      visible,
      fc.string({ unit: 'binary' }),
      fc.constantFrom('', ' ', 'a b', 'a\n', '\0', '\x7f', 'é', 'x'.repeat(255), 'x'.repeat(256)),
    );
    await fc.assert(
      fc.asyncProperty(key, async (key) => {
        const keys: (string | undefined)[] = [];
        const controller = controllerThatKeeps(keys);
        const isVisible = key.length > 0 && key.length <= 255 && [...key].every((one) => one > ' ' && one < '\x7f');
        for (const publish of [
          () => controller.publishEvent(CALLER, BODY, key, null),
          () => controller.publishEvents(CALLER, BATCH_BODY, key, null),
        ]) {
          if (isVisible) await publish();
          else await expect(publish()).rejects.toMatchObject(FAULT);
        }
        expect(keys).toEqual(isVisible ? [key, key] : []);
      }),
      { numRuns: runs(1_000) },
    );
  });

  it('accepts an event when there is no Idempotency-Key', async () => {
    const keys: (string | undefined)[] = [];
    await controllerThatKeeps(keys).publishEvent(CALLER, BODY, undefined, null);
    expect(keys).toEqual([undefined]);
  });
});
