import { describe, expect, it } from '@jest/globals';
import { tracingFaults, tracingProtocol } from './tracing-variables.js';

const ENDPOINT = { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://collector:4318' };

describe('tracingProtocol', () => {
  it.each([
    {},
    { OTEL_SERVICE_NAME: 'webhooks', OTEL_TRACES_SAMPLER: 'always_on' },
    { ...ENDPOINT, OTEL_SDK_DISABLED: 'TRUE' },
    { ...ENDPOINT, OTEL_TRACES_EXPORTER: 'none' },
    { OTEL_EXPORTER_OTLP_ENDPOINT: ' ' },
  ])('is undefined for %j', (env) => {
    expect(tracingProtocol(env)).toBeUndefined();
    expect(tracingFaults(env)).toEqual([]);
  });

  it.each([
    [ENDPOINT, 'http/protobuf'],
    [{ OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'http://collector:4318/v1/traces' }, 'http/protobuf'],
    [{ OTEL_TRACES_EXPORTER: 'otlp' }, 'http/protobuf'],
    [{ ...ENDPOINT, OTEL_SDK_DISABLED: 'false', OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json' }, 'http/json'],
    [
      {
        ...ENDPOINT,
        OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json',
        OTEL_EXPORTER_OTLP_TRACES_PROTOCOL: 'http/protobuf',
      },
      'http/protobuf',
    ],
  ])('reads %j', (env, protocol) => {
    expect(tracingProtocol(env)).toBe(protocol);
    expect(tracingFaults(env)).toEqual([]);
  });
});

describe('tracingFaults', () => {
  it.each([
    [{ OTEL_TRACES_EXPORTER: 'zipkin' }, 'OTEL_TRACES_EXPORTER must be one of otlp, none; it is "zipkin"'],
    [
      { ...ENDPOINT, OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc' },
      'OTEL_EXPORTER_OTLP_PROTOCOL must be one of http/protobuf, http/json; it is "grpc"',
    ],
    [
      { OTEL_EXPORTER_OTLP_ENDPOINT: 'user:hunter2@collector' },
      'OTEL_EXPORTER_OTLP_ENDPOINT must be a URL that begins with http:// or https://',
    ],
    [
      { ...ENDPOINT, OTEL_TRACES_SAMPLER: 'traceidratio', OTEL_TRACES_SAMPLER_ARG: '10' },
      'OTEL_TRACES_SAMPLER_ARG must be a number from 0 to 1; it is "10"',
    ],
    [
      { ...ENDPOINT, OTEL_TRACES_SAMPLER: 'parentbased_traceidratio' },
      'OTEL_TRACES_SAMPLER_ARG must be a number from 0 to 1; it is ""',
    ],
  ])('names the fault of %j', (env, fault) => {
    expect(tracingFaults(env)).toEqual([fault]);
  });

  it('names a sampler that does not exist, and the samplers that do', () => {
    const [fault] = tracingFaults({ ...ENDPOINT, OTEL_TRACES_SAMPLER: 'sometimes' });
    expect(fault).toMatch(/^OTEL_TRACES_SAMPLER must be one of always_on, .*; it is "sometimes"$/);
  });
});
