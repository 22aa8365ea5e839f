/** The protocols of OTLP that the service exports with. gRPC would need its own client. */
const PROTOCOLS = ['http/protobuf', 'http/json'] as const;
export type TracingProtocol = (typeof PROTOCOLS)[number];

const EXPORTERS = ['otlp', 'none'];
const SAMPLERS = [
  'always_on',
  'always_off',
  'traceidratio',
  'parentbased_always_on',
  'parentbased_always_off',
  'parentbased_traceidratio',
];

type Env = Readonly<Record<string, string | undefined>>;

/**
 * Reads whether the service exports traces, from the variables of the OpenTelemetry specification. The SDK reads the other
 * variables itself.
 *
 * Without an exporter or an endpoint, no traces are exported. By the specification, they would go to localhost.
 *
 * @returns the protocol of the export; undefined if no traces are exported
 */
export function tracingProtocol(env: Env): TracingProtocol | undefined {
  if (valueOf(env, 'OTEL_SDK_DISABLED')?.toLowerCase() === 'true') return undefined;
  const endpoint = valueOf(env, 'OTEL_EXPORTER_OTLP_TRACES_ENDPOINT', 'OTEL_EXPORTER_OTLP_ENDPOINT');
  const exporter = valueOf(env, 'OTEL_TRACES_EXPORTER') ?? (endpoint === undefined ? 'none' : 'otlp');
  if (exporter !== 'otlp') return undefined;
  const protocol = valueOf(env, ...PROTOCOL_VARIABLES);
  return PROTOCOLS.find((name) => name === protocol) ?? 'http/protobuf';
}

const PROTOCOL_VARIABLES = ['OTEL_EXPORTER_OTLP_TRACES_PROTOCOL', 'OTEL_EXPORTER_OTLP_PROTOCOL'];

/** The faults of the variables, one sentence each. Other variables of OpenTelemetry are left to its SDK. */
export function tracingFaults(env: Env): string[] {
  if (valueOf(env, 'OTEL_SDK_DISABLED')?.toLowerCase() === 'true') return [];
  const faults = notOneOf(env, 'OTEL_TRACES_EXPORTER', EXPORTERS);
  if (tracingProtocol(env) === undefined) return faults;
  faults.push(...PROTOCOL_VARIABLES.flatMap((name) => notOneOf(env, name, PROTOCOLS)));
  faults.push(...notOneOf(env, 'OTEL_TRACES_SAMPLER', SAMPLERS));
  for (const name of ['OTEL_EXPORTER_OTLP_TRACES_ENDPOINT', 'OTEL_EXPORTER_OTLP_ENDPOINT']) {
    const endpoint = valueOf(env, name);
    // The value is not shown: it may contain a password.
    if (endpoint !== undefined && !/^https?:\/\/./.test(endpoint)) {
      faults.push(`${name} must be a URL that begins with http:// or https://`);
    }
  }
  const ratio = valueOf(env, 'OTEL_TRACES_SAMPLER_ARG');
  if (valueOf(env, 'OTEL_TRACES_SAMPLER')?.endsWith('traceidratio') && !(Number(ratio) >= 0 && Number(ratio) <= 1)) {
    faults.push(`OTEL_TRACES_SAMPLER_ARG must be a number from 0 to 1; it is ${JSON.stringify(ratio ?? '')}`);
  }
  return faults;
}

function notOneOf(env: Env, name: string, values: readonly string[]): string[] {
  const value = valueOf(env, name);
  if (value === undefined || values.includes(value)) return [];
  return [`${name} must be one of ${values.join(', ')}; it is ${JSON.stringify(value)}`];
}

/** The first value that is set. An empty variable counts as unset. */
function valueOf(env: Env, ...names: string[]): string | undefined {
  return names.map((name) => env[name]?.trim()).find((value) => value !== undefined && value !== '');
}
