import { describe, expect, it } from '@jest/globals';
import { DriverAdapterError } from '@prisma/driver-adapter-utils';
import { DomainError } from '../common/domain-error.js';
import { Prisma } from '../generated/prisma/client.js';
import { isUnavailable, translateDatabaseError } from './prisma-errors.js';

/** An error of PostgreSQL, as Prisma hands it on from its driver adapter. */
function postgresError(code: string): Error {
  const cause = { kind: 'postgres', code, severity: 'FATAL', message: '', detail: '', column: '', hint: '' } as const;
  const driverAdapterError = new DriverAdapterError({ ...cause, originalCode: code, originalMessage: '' });
  return new Prisma.PrismaClientKnownRequestError('Raw query failed', {
    code: 'P2010',
    clientVersion: '7',
    meta: { driverAdapterError },
  });
}

describe('An error of the database', () => {
  it.each([
    ['08006', 'the connection failed'],
    ['25006', 'the server is a standby, after a failover'],
    ['28P01', 'the password was changed'],
    ['3D000', 'the database is gone'],
    ['53300', 'there are too many connections'],
    ['55000', 'the database accepts no connections'],
    ['57P01', 'the server shuts down'],
    ['57P03', 'the server starts'],
  ])('%s, when %s, means that the service is unavailable', (code) => {
    expect(isUnavailable(postgresError(code))).toBe(true);
    expect(translateDatabaseError(postgresError(code))).toMatchObject({
      code: 'SERVICE_UNAVAILABLE',
      retryAfterSeconds: 1,
    });
  });

  it.each(['ECONNREFUSED', 'ECONNRESET', 'ETIMEDOUT'])('%s of the network means so too', (code) => {
    expect(isUnavailable(Object.assign(new Error('connect'), { code }))).toBe(true);
  });

  it.each(['23505', '22P02', '42601', '57014'])('%s is about the query, and comes back as it is', (code) => {
    const error = postgresError(code);
    expect(isUnavailable(error)).toBe(false);
    expect(translateDatabaseError(error)).toBe(error);
  });

  it('that is none comes back as it is', () => {
    const error = new DomainError('NOT_FOUND', 'There is none.', { cause: postgresError('57P01') });
    for (const other of [error, new Error('other'), undefined, 'text'])
      expect(translateDatabaseError(other)).toBe(other);
  });
});
