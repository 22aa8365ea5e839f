import { describe, expect, it } from '@jest/globals';
import { DriverAdapterError } from '@prisma/driver-adapter-utils';
import { DomainError } from '../common/domain-error.js';
import { Prisma } from '../generated/prisma/client.js';
import { isConflict, isTimeout, isUnavailable, isWorthRetrying, translateDatabaseError } from './prisma-errors.js';

/** An error of PostgreSQL in the form of Prisma's driver adapter. */
function postgresError(code: string, severity = 'ERROR'): Error {
  const cause = { kind: 'postgres', code, severity, message: '', detail: '', column: '', hint: '' } as const;
  const driverAdapterError = new DriverAdapterError({ ...cause, originalCode: code, originalMessage: '' });
  return new Prisma.PrismaClientKnownRequestError('Raw query failed', {
    code: 'P2010',
    clientVersion: '7',
    meta: { driverAdapterError },
  });
}

describe('A database error', () => {
  it.each([
    ['08006', 'the connection failed'],
    ['25006', 'the server is a standby, after a failover'],
    ['28P01', 'the password was changed'],
    ['3D000', 'the database is gone'],
    ['25P02', 'the transaction had failed before'],
    ['25P03', 'the transaction stood still for too long'],
    ['40001', 'transactions can not be serialized'],
    ['40P01', 'transactions wait for each other'],
    ['53100', 'the disk is full'],
    ['53300', 'there are too many connections'],
    ['55000', 'the database accepts no connections'],
    ['55P03', 'a lock was not available in time'],
    ['57014', 'the statement took too long'],
    ['57P01', 'the server shuts down'],
    ['57P05', 'the session was idle for too long'],
    ['58030', 'the disk failed'],
    ['57P03', 'the server starts'],
  ])('with code %s (%s) means that the service is unavailable', (code) => {
    expect(isUnavailable(postgresError(code))).toBe(true);
    expect(translateDatabaseError(postgresError(code))).toMatchObject({
      code: 'SERVICE_UNAVAILABLE',
      retryAfterSeconds: 1,
    });
  });

  it('with the internal code XX000 means that the service is unavailable when the error ended the session', () => {
    expect(isUnavailable(postgresError('XX000', 'FATAL'))).toBe(true);
    const ofDriver = Object.assign(new Error('could not write init file'), { code: 'XX000', severity: 'FATAL' });
    expect(translateDatabaseError(ofDriver)).toMatchObject({ code: 'SERVICE_UNAVAILABLE', retryAfterSeconds: 1 });
  });

  it.each(['ECONNREFUSED', 'ECONNRESET', 'ETIMEDOUT'])('with code %s means that the service is unavailable', (code) => {
    expect(isUnavailable(Object.assign(new Error('connect'), { code }))).toBe(true);
  });

  it.each(['23505', '22P02', '42601', 'XX000'])('with code %s concerns the query and stays unchanged', (code) => {
    const error = postgresError(code);
    expect(isUnavailable(error)).toBe(false);
    expect(translateDatabaseError(error)).toBe(error);
  });

  it.each(['40001', '40P01'])('with code %s is a conflict', (code) => {
    expect(isConflict(postgresError(code))).toBe(true);
    expect(isConflict(Object.assign(new Error('failed'), { code }))).toBe(true);
  });

  it.each(['55P03', '57014', '08006', '23505'])('with code %s is no conflict', (code) => {
    expect(isConflict(postgresError(code))).toBe(false);
  });

  it.each(['57014', 'ETIMEDOUT'])('with code %s is a timeout', (code) => {
    expect(isTimeout(Object.assign(new Error('late'), { code }))).toBe(true);
  });

  it.each(['40001', '42P01', '42501', '57014', 'XX000'])('with code %s is worth a retry', (code) => {
    expect(isWorthRetrying(postgresError(code))).toBe(true);
  });

  it.each(['22021', '22P02', '23514', '54000'])('with code %s concerns the values and is not worth a retry', (code) => {
    expect(isWorthRetrying(postgresError(code))).toBe(false);
  });

  it('is distinguished from an error of our own code', () => {
    expect(isWorthRetrying(new TypeError('not a function'))).toBe(false);
  });

  it('is distinguished from other errors, which stay unchanged', () => {
    const error = new DomainError('NOT_FOUND', 'There is none.', { cause: postgresError('57P01') });
    for (const other of [error, new Error('other'), undefined, 'text'])
      expect(translateDatabaseError(other)).toBe(other);
  });
});
