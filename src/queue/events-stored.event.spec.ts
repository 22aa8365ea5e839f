import { describe, expect, it } from '@jest/globals';
import { PROCESS_ID } from './deliveries-queued.event.js';
import { noticedUsers, storedNotice } from './events-stored.event.js';

describe('A notice of stored events', () => {
  it('names the users, with any visible characters', () => {
    const users = ['uid_1', 'a,b', '{}"\'', '~'.repeat(128)];
    expect(noticedUsers(storedNotice('', users))).toEqual(users);
    expect(noticedUsers(storedNotice('another', users))).toEqual(users);
  });

  it('names nobody for its sender', () => {
    expect(noticedUsers(storedNotice(PROCESS_ID, ['uid_1']))).toEqual([]);
  });

  it('concerns all users when they are too many, and when notices may have been missed', () => {
    const users = Array.from({ length: 100 }, (_, number) => `${number}`.padStart(128, 'u'));
    const notice = storedNotice('another', users);
    expect(notice.length).toBeLessThan(8_000);
    expect(noticedUsers(notice)).toBeUndefined();
    expect(noticedUsers('')).toBeUndefined();
  });
});
