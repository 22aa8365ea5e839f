import { createHmac } from 'node:crypto';
import { exampleText } from './examples.js';

export const SECRET = '0123456789abcdef'.repeat(4);
export const BODY = '{"event":"extraction.completed","data":{"id":"extract_9k2m4n6p8q0r1s3t"}}';
export const TIME = 1_674_087_231;
export const HEADERS = {
  'webhook-id': 'msg_2KWPBgLlAfxdpx2AI54pPJ85f4W',
  'webhook-timestamp': String(TIME),
  'webhook-signature': 'v1,h9kP8WLYzmpHqCKzjrVAPGtINMwZMweyp6B4cV6AMaw=',
  'x-docmap-signature': 'sha256=6003a79bd1068728c47ab0d6583380c064381e9b9030d2738c8577123c838b9b',
};
/** The key pair whose private key is {@link SECRET}, and its signature of the same request. */
export const PUBLIC_KEY = 'whpk_IHoGeJKCHiXXcPH7oMR8Ef9LgT5UFi7Onrg54HYjGrY=';
export const ED25519_SIGNATURE =
  'v1a,dWCtHykKBLGL+W1UnnpwDpvtZyJZPmAWEWUmdNNLEi4aTI3n/+fdHZb3r9JtyRVsclZ+w856Yn3j2FlKM/t+DQ==';
/** Two signatures, as during a rotation; the known secret is the older one. */
const ROTATING = {
  ...HEADERS,
  'webhook-signature': `v1,${'A'.repeat(43)}= ${HEADERS['webhook-signature']}`,
  'x-docmap-signature': `sha256=${'0'.repeat(64)},${HEADERS['x-docmap-signature']}`,
};

/** A request for a verification, and whether it must accept the request. */
export interface Case {
  name: string;
  accepted: boolean;
  body: string;
  headers: Record<string, string>;
  /** Undefined, as an environment variable that is not set. */
  secret: string | undefined;
  /** Seconds since 1970. */
  now: number;
}

/** A complete request of docs/examples. */
export interface Sample {
  name: string;
  headers: Record<string, string>;
  body: string;
}

export const SAMPLES: Sample[] = ['completed', 'failed', 'test'].map((name) => {
  const [head = '', body = ''] = exampleText(`request-${name}.http`).trimEnd().split('\n\n');
  const headers = head
    .split('\n')
    .slice(1)
    .map((line) => line.split(/: (.*)/s).slice(0, 2));
  return { name, body, headers: Object.fromEntries(headers) as Record<string, string> };
});

const VECTOR = { body: BODY, headers: HEADERS, secret: SECRET, now: TIME };

export const CASES: Case[] = [
  { ...VECTOR, name: 'the check vector', accepted: true },
  { ...VECTOR, name: 'two signatures', accepted: true, headers: ROTATING },
  ...SAMPLES.map(({ name, body, headers }) => ({
    name: `the sample request ${name}`,
    accepted: true,
    body,
    headers,
    secret: SECRET,
    now: Number(headers['webhook-timestamp']),
  })),
  { ...VECTOR, name: 'one five minutes old', accepted: true, now: TIME + 300 },
  { ...VECTOR, name: 'one older than that', accepted: false, now: TIME + 301 },
  { ...VECTOR, name: 'one from the future', accepted: false, now: TIME - 301 },
  { ...VECTOR, name: 'a changed body', accepted: false, body: `${BODY} ` },
  { ...VECTOR, name: 'another secret', accepted: false, secret: 'f'.repeat(64) },
  { ...VECTOR, name: 'another secret and two signatures', accepted: false, headers: ROTATING, secret: 'f'.repeat(64) },
  { ...VECTOR, name: 'another id', accepted: false, headers: { ...HEADERS, 'webhook-id': 'msg_2' } },
  { ...VECTOR, name: 'another time', accepted: false, headers: { ...HEADERS, 'webhook-timestamp': String(TIME + 1) } },
  { ...VECTOR, name: 'no number as time', accepted: false, headers: { ...HEADERS, 'webhook-timestamp': 'soon' } },
  { ...VECTOR, name: 'no headers', accepted: false, headers: {} },
];

const OTHER_PUBLIC_KEY = `whpk_${Buffer.alloc(32, 1).toString('base64')}`;

/** The same cases for a webhook with Ed25519, with a public key in place of the secret. */
export const ED25519_CASES: Case[] = [
  ...CASES.filter(({ name }) => !name.startsWith('the sample request')).map((request) => ({
    ...request,
    secret: request.secret === SECRET ? PUBLIC_KEY : OTHER_PUBLIC_KEY,
    headers: {
      ...request.headers,
      'webhook-signature': request.headers['webhook-signature']
        ?.replace(HEADERS['webhook-signature'], ED25519_SIGNATURE)
        .replace('v1,', 'v1a,'),
    } as Record<string, string>,
  })),
  { ...VECTOR, name: 'an HMAC signature', accepted: false, secret: PUBLIC_KEY },
];

/** The cases that `x-docmap-signature`, which covers the body alone, decides in the same way. */
export const BODY_CASES = CASES.filter(({ name }) =>
  /^the |^two signatures$|^a changed body$|^another secret|^no headers$/.test(name),
);

/** The outcome of an error that is the fault of the receiver's settings, not of the request. */
export const MISCONFIGURED = 'misconfigured';

/**
 * Requests that anyone can forge for a receiver without a right secret. A lenient decoder reads some of these secrets as no
 * bytes at all, or as the right secret.
 */
export const FORGED_CASES: Case[] = [undefined, '', ' ', '!'.repeat(64), '0123456789abcdef', `${SECRET}\n`].map(
  (secret) => ({
    ...VECTOR,
    name: `the secret ${JSON.stringify(secret)}`,
    accepted: false,
    secret,
    headers: forgedWith(secret ?? ''),
  }),
);

/** The headers of a forger who knows the secret, or that there is none. */
export function forgedWith(secret: string, time = TIME): Record<string, string> {
  const content = `${HEADERS['webhook-id']}.${time}.${BODY}`;
  return {
    'webhook-id': HEADERS['webhook-id'],
    'webhook-timestamp': String(time),
    'webhook-signature': `v1,${createHmac('sha256', Buffer.from(secret, 'base64')).update(content).digest('base64')}`,
    'x-docmap-signature': `sha256=${createHmac('sha256', secret).update(BODY).digest('hex')}`,
  };
}

export interface Outcome {
  name: string;
  /** The event that the verification returned, null when it refused the request, or {@link MISCONFIGURED}. */
  event: unknown;
}

/** The check vector, and the outcome of a function that signs it. */
export const TO_SIGN: Case[] = [{ ...VECTOR, name: 'the check vector', accepted: true }];
export const SIGNED: Outcome[] = [{ name: 'the check vector', event: HEADERS['webhook-signature'] }];

export const allMisconfigured = (cases: Case[]): Outcome[] => cases.map(({ name }) => ({ name, event: MISCONFIGURED }));

export const expectedOf = (cases: Case[]): Outcome[] =>
  cases.map(({ name, accepted, body }) => ({ name, event: accepted ? (JSON.parse(body) as unknown) : null }));

/** The outcomes of a verification that returns the event or throws: {@link Refusal} when it refuses the request. */
export function outcomesOf(
  cases: Case[],
  Refusal: new (...parts: never[]) => Error,
  verify: (request: Case & { secret: string }) => unknown,
): Outcome[] {
  return cases.map((request) => {
    try {
      return { name: request.name, event: verify(request as Case & { secret: string }) };
    } catch (error) {
      return { name: request.name, event: error instanceof Refusal ? null : MISCONFIGURED };
    }
  });
}
