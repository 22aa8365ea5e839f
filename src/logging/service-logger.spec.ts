import { Logger } from '@nestjs/common';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { ServiceLogger } from './service-logger.js';

describe('ServiceLogger', () => {
  let entries: Record<string, unknown>[];

  beforeEach(() => {
    entries = [];
    const write = (line: string): void => void entries.push(JSON.parse(line) as Record<string, unknown>);
    Logger.overrideLogger(new ServiceLogger({ logLevel: 'debug', logFormat: 'json' }, { write }));
  });

  afterEach(() => Logger.overrideLogger(false));

  it('writes text, level and context', () => {
    const logger = new Logger('Here');
    logger.debug('one');
    logger.log('two');
    logger.warn('three');
    logger.error('four');
    logger.fatal('five');
    logger.verbose('below the level');
    expect(entries).toMatchObject([
      { level: 20, context: 'Here', msg: 'one' },
      { level: 30, context: 'Here', msg: 'two' },
      { level: 40, context: 'Here', msg: 'three' },
      { level: 50, context: 'Here', msg: 'four' },
      { level: 60, context: 'Here', msg: 'five' },
    ]);
    expect(entries).toHaveLength(5);
  });

  it('writes fields next to the text', () => {
    new Logger('Here').error({ delivery: 'd1' }, 'could not be recorded');
    new Logger('Here').log({ route: 'GET /health' });
    expect(entries[0]).toMatchObject({ context: 'Here', delivery: 'd1', msg: 'could not be recorded' });
    expect(entries[1]).toMatchObject({ context: 'Here', route: 'GET /health' });
  });

  it('writes only type, message, stack and code of an error', () => {
    const error = Object.assign(new Error('duplicate'), { code: '23505', detail: 'the row: hunter2' });
    new Logger('Here').error({ err: error });
    new Logger('Here').error(error);
    new Logger('Here').error('failed', error.stack);
    const err = { type: 'Error', message: 'duplicate', stack: error.stack, code: '23505' };
    expect(entries[0]!.err).toEqual(err);
    expect(entries[1]!.err).toEqual(err);
    expect(entries[2]).toMatchObject({ msg: 'failed', stack: error.stack });
    expect(JSON.stringify(entries)).not.toContain('hunter2');
  });

  it('omits modules and routes of the start', () => {
    for (const context of ['InstanceLoader', 'RoutesResolver', 'RouterExplorer', 'NestFactory', 'NestApplication']) {
      new Logger(context).log('dependencies initialized');
      new Logger(context).error('of interest');
    }
    expect(entries.map(({ msg }) => msg)).toEqual(Array(5).fill('of interest'));
  });
});
