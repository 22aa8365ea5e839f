import { describe, expect, it } from '@jest/globals';
import { attemptErrorOf } from './attempt-error.js';
import {
  DeadlineError,
  NameResolutionError,
  ProxiedTargetError,
  TargetRefusedError,
  WebhookGoneError,
} from './target-errors.js';
import type { ReceivedResponse } from '../queue/attempt-outcome.js';
import { outcomeClassOf } from '../queue/outcome-class.js';

const coded = (code: string): Error => Object.assign(new Error(code), { code });
const answer = (status: number): ReceivedResponse => ({ status, headers: {}, body: '', truncated: false });

describe('The class of an outcome', () => {
  it.each([
    [new DeadlineError(), 'timeout'],
    [new NameResolutionError(), 'dns'],
    [coded('ECONNREFUSED'), 'connect'],
    [coded('EHOSTUNREACH'), 'connect'],
    [coded('CERT_HAS_EXPIRED'), 'tls'],
    [coded('ERR_TLS_CERT_ALTNAME_INVALID'), 'tls'],
    [coded('SELF_SIGNED_CERT_IN_CHAIN'), 'tls'],
    [coded('EPROTO'), 'tls'],
    [new TargetRefusedError(), 'refused-target'],
    [coded('HPE_INVALID_CONSTANT'), 'response'],
    [coded('ECONNRESET'), 'response'],
    [new ProxiedTargetError(503), 'proxy'],
    [new ProxiedTargetError(403), 'proxy'],
    [new WebhookGoneError(), 'other'],
    [new Error('unknown'), 'other'],
  ])('follows from the text that the log has for an error: %s is %s', (error, expected) => {
    expect(outcomeClassOf({ response: null, error: attemptErrorOf(error) })).toBe(expected);
  });

  it.each([
    [302, '3xx'],
    [404, '4xx'],
    [429, '4xx'],
    [503, '5xx'],
    [700, 'other'],
  ])('follows from the status of a complete response: %s is %s', (status, expected) => {
    expect(outcomeClassOf({ response: answer(status), error: `HTTP ${status}` })).toBe(expected);
  });

  it('is a success without an error, and a timeout when the response breaks off at the deadline', () => {
    expect(outcomeClassOf({ response: answer(204), error: null })).toBe('success');
    expect(outcomeClassOf({ response: answer(500), error: new DeadlineError().message })).toBe('timeout');
  });
});
