import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { Webhook } from 'standardwebhooks';
import * as byHand from '../../../docs/examples/verify-by-hand.js';
import * as withPublicKey from '../../../docs/examples/verify-public-key.js';
import * as withPackage from '../../../docs/examples/verify-with-package.js';
import * as withLibrary from '../../../docs/examples/verify-with-library.js';
import {
  allMisconfigured,
  BODY,
  BODY_CASES,
  CASES,
  ED25519_CASES,
  expectedOf,
  FORGED_CASES,
  HEADERS,
  outcomesOf,
  SECRET,
  SIGNED,
  TIME,
  TO_SIGN,
  type Case,
} from './support/cases.js';
import {
  compileSpringExample,
  describeWith,
  EXPRESSIONS,
  goOutcomesOf,
  has,
  javaOutcomesOf,
  phpOutcomesOf,
  pythonOutcomesOf,
  rubyOutcomesOf,
  run,
} from './support/languages.js';

const describeWithPhp = describeWith('php');
const describeWithRuby = describeWith('ruby');
const describeWithJava = describeWith('javac');
const describeWithGo = describeWith('go');

/** Starting the compilers of Java and Go takes seconds on a busy machine. */
jest.setTimeout(60_000);

const packageOutcomes = (cases: Case[]) =>
  outcomesOf(cases, withPackage.WebhookVerificationError, ({ body, headers, secret, now }) =>
    withPackage.verify(Buffer.from(body), headers, secret, { now: new Date(now * 1_000) }),
  );

const outcomesByHand = (cases: Case[]) =>
  outcomesOf(cases, byHand.WebhookVerificationError, ({ body, headers, secret, now }) =>
    byHand.verify(Buffer.from(body), headers, secret, now * 1_000),
  );

const bodyOutcomesByHand = (cases: Case[]) =>
  outcomesOf(cases, byHand.WebhookVerificationError, ({ body, headers, secret }) =>
    byHand.verifyBody(Buffer.from(body), headers, secret),
  );

const publicKeyOutcomes = (cases: Case[]) =>
  outcomesOf(cases, withPublicKey.WebhookVerificationError, ({ body, headers, secret, now }) =>
    withPublicKey.verify(Buffer.from(body), headers, secret, now * 1_000),
  );

describe("The documents' TypeScript", () => {
  afterEach(() => {
    jest.restoreAllMocks();
  });

  it('accepts genuine, recent requests only, with the library', () => {
    const clock = jest.spyOn(Date, 'now');
    const outcomes = outcomesOf(CASES, withLibrary.WebhookVerificationError, ({ body, headers, secret, now }) => {
      clock.mockReturnValue(now * 1_000);
      return withLibrary.verify(Buffer.from(body), headers, secret);
    });
    expect(outcomes).toEqual(expectedOf(CASES));
  });

  it('accepts genuine, recent requests only, with this package', () => {
    const cases = [...CASES, ...ED25519_CASES];
    expect(packageOutcomes(cases)).toEqual(expectedOf(cases));
  });

  it('accepts genuine, recent requests only, by hand', () => {
    expect(outcomesByHand(CASES)).toEqual(expectedOf(CASES));
  });

  it('accepts genuine bodies only, by x-docmap-signature', () => {
    expect(bodyOutcomesByHand(BODY_CASES)).toEqual(expectedOf(BODY_CASES));
  });

  it('signs as the service does', () => {
    expect(byHand.sign(HEADERS['webhook-id'], String(TIME), Buffer.from(BODY), SECRET)).toBe(
      HEADERS['webhook-signature'],
    );
  });

  it('reports a missing or malformed secret, and never verifies with it', () => {
    const withoutKey = FORGED_CASES.filter(({ secret = '' }) => Buffer.from(secret, 'base64').length === 0);
    expect(withoutKey.map(({ secret }) => secret)).toEqual([undefined, '', ' ', '!'.repeat(64)]);
    expect(outcomesByHand(FORGED_CASES)).toEqual(allMisconfigured(FORGED_CASES));
    expect(bodyOutcomesByHand(FORGED_CASES)).toEqual(allMisconfigured(FORGED_CASES));
    // The library accepts any other key, and the package any key of 24 bytes.
    expect(packageOutcomes(withoutKey)).toEqual(allMisconfigured(withoutKey));
    const libraryOutcomes = outcomesOf(withoutKey, withLibrary.WebhookVerificationError, ({ body, headers, secret }) =>
      withLibrary.verify(Buffer.from(body), headers, secret),
    );
    expect(libraryOutcomes).toEqual(allMisconfigured(withoutKey));
  });

  it('accepts genuine, recent requests only, with a public key', () => {
    expect(publicKeyOutcomes(ED25519_CASES)).toEqual(expectedOf(ED25519_CASES));
  });

  it('reports a missing or malformed public key', () => {
    expect(publicKeyOutcomes(FORGED_CASES)).toEqual(allMisconfigured(FORGED_CASES));
  });
});

describe("The documents' Python", () => {
  it('accepts genuine, recent requests only, by hand', () => {
    expect(pythonOutcomesOf(CASES, 'verify_by_hand', EXPRESSIONS.python.standard)).toEqual(expectedOf(CASES));
  });

  it('accepts genuine bodies only, by x-docmap-signature', () => {
    expect(pythonOutcomesOf(BODY_CASES, 'verify_by_hand', EXPRESSIONS.python.body)).toEqual(expectedOf(BODY_CASES));
  });

  it('signs as the service does', () => {
    expect(pythonOutcomesOf(TO_SIGN, 'verify_by_hand', EXPRESSIONS.python.sign)).toEqual(SIGNED);
  });

  it('reports a missing or malformed secret, and never verifies with it', () => {
    expect(pythonOutcomesOf(FORGED_CASES, 'verify_by_hand', EXPRESSIONS.python.standard)).toEqual(
      allMisconfigured(FORGED_CASES),
    );
    expect(pythonOutcomesOf(FORGED_CASES, 'verify_by_hand', EXPRESSIONS.python.body)).toEqual(
      allMisconfigured(FORGED_CASES),
    );
  });

  const hasLibrary = has('python3', '-c', 'import standardwebhooks');
  it(`accepts genuine requests only, with the library${hasLibrary ? '' : ' (not installed here: only parsed)'}`, () => {
    if (!hasLibrary) {
      expect(has('python3', '-c', 'import ast; ast.parse(open("verify_with_library.py").read())')).toBe(true);
      return;
    }
    // The library reads the clock itself, so the request is signed now.
    const now = Math.floor(Date.now() / 1_000);
    const signature = new Webhook(SECRET).sign(HEADERS['webhook-id'], new Date(now * 1_000), BODY);
    const headers = { ...HEADERS, 'webhook-timestamp': String(now), 'webhook-signature': signature };
    const request = { body: BODY, headers, secret: SECRET, now };
    const cases: Case[] = [
      { ...request, name: 'a request of now', accepted: true },
      { ...request, name: 'a changed body', accepted: false, body: `${BODY} ` },
      { ...request, name: 'an old request', accepted: false, headers: HEADERS, now: TIME },
    ];
    const call = 'verifier.verify(body, request["headers"], request["secret"])';
    expect(pythonOutcomesOf(cases, 'verify_with_library', call)).toEqual(expectedOf(cases));
  });

  it.each(['receiver_flask.py', 'receiver_fastapi.py', 'record_request.py'])('has no syntax error in %s', (file) => {
    expect(has('python3', '-c', `import ast; ast.parse(open("${file}").read())`)).toBe(true);
  });
});

describeWithPhp("The documents' PHP", () => {
  it('accepts genuine, recent requests only', () => {
    expect(phpOutcomesOf(CASES, EXPRESSIONS.php.standard)).toEqual(expectedOf(CASES));
  });

  it('accepts genuine bodies only, by x-docmap-signature', () => {
    expect(phpOutcomesOf(BODY_CASES, EXPRESSIONS.php.body)).toEqual(expectedOf(BODY_CASES));
  });

  it('signs as the service does', () => {
    expect(phpOutcomesOf(TO_SIGN, EXPRESSIONS.php.sign)).toEqual(SIGNED);
  });

  it('reports a missing or malformed secret, and never verifies with it', () => {
    expect(phpOutcomesOf(FORGED_CASES, EXPRESSIONS.php.standard)).toEqual(allMisconfigured(FORGED_CASES));
    expect(phpOutcomesOf(FORGED_CASES, EXPRESSIONS.php.body)).toEqual(allMisconfigured(FORGED_CASES));
  });
});

describeWithRuby("The documents' Ruby", () => {
  it('accepts genuine, recent requests only', () => {
    expect(rubyOutcomesOf(CASES, EXPRESSIONS.ruby.standard)).toEqual(expectedOf(CASES));
  });

  it('accepts genuine bodies only, by x-docmap-signature', () => {
    expect(rubyOutcomesOf(BODY_CASES, EXPRESSIONS.ruby.body)).toEqual(expectedOf(BODY_CASES));
  });

  it('signs as the service does', () => {
    expect(rubyOutcomesOf(TO_SIGN, EXPRESSIONS.ruby.sign)).toEqual(SIGNED);
  });

  it('reports a missing or malformed secret, and never verifies with it', () => {
    expect(rubyOutcomesOf(FORGED_CASES, EXPRESSIONS.ruby.standard)).toEqual(allMisconfigured(FORGED_CASES));
    expect(rubyOutcomesOf(FORGED_CASES, EXPRESSIONS.ruby.body)).toEqual(allMisconfigured(FORGED_CASES));
  });
});

describeWithJava("The documents' Java", () => {
  it('accepts genuine, recent requests only', () => {
    expect(javaOutcomesOf(CASES, 'verify')).toEqual(expectedOf(CASES));
  });

  it('accepts genuine bodies only, by x-docmap-signature', () => {
    expect(javaOutcomesOf(BODY_CASES, 'verifyBody')).toEqual(expectedOf(BODY_CASES));
  });

  it('has a controller for Spring that compiles', () => {
    expect(compileSpringExample).not.toThrow();
  });

  it('reports a missing or malformed secret, and never verifies with it', () => {
    expect(javaOutcomesOf(FORGED_CASES, 'verify')).toEqual(allMisconfigured(FORGED_CASES));
    expect(javaOutcomesOf(FORGED_CASES, 'verifyBody')).toEqual(allMisconfigured(FORGED_CASES));
  });
});

describeWithGo("The documents' Go", () => {
  it('accepts genuine, recent requests only', () => {
    expect(goOutcomesOf(CASES, 'Verify')).toEqual(expectedOf(CASES));
  });

  it('accepts genuine bodies only, by x-docmap-signature', () => {
    expect(goOutcomesOf(BODY_CASES, 'VerifyBody')).toEqual(expectedOf(BODY_CASES));
  });

  it('reports a missing or malformed secret, and never verifies with it', () => {
    expect(goOutcomesOf(FORGED_CASES, 'Verify')).toEqual(allMisconfigured(FORGED_CASES));
    expect(goOutcomesOf(FORGED_CASES, 'VerifyBody')).toEqual(allMisconfigured(FORGED_CASES));
  });

  it('is formatted by gofmt', () => {
    expect(run('gofmt', ['-l', '.'])).toBe('');
  });
});
