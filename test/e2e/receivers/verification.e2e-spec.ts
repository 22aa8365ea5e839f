import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { Webhook } from 'standardwebhooks';
import { verify as verifyByHand, verifyBody } from '../../../docs/examples/verify-by-hand.js';
import { verify as verifyWithPublicKey } from '../../../docs/examples/verify-public-key.js';
import { verify as verifyWithPackage } from '../../../docs/examples/verify-with-package.js';
import { verify as verifyWithLibrary } from '../../../docs/examples/verify-with-library.js';
import {
  BODY,
  BODY_CASES,
  CASES,
  ED25519_CASES,
  expectedOf,
  HEADERS,
  outcomesOf,
  SECRET,
  TIME,
  type Case,
} from './support/cases.js';
import {
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

describe("The documents' TypeScript", () => {
  afterEach(() => {
    jest.restoreAllMocks();
  });

  it('accepts genuine, recent requests only, with the library', () => {
    const clock = jest.spyOn(Date, 'now');
    const outcomes = outcomesOf(CASES, ({ body, headers, secret, now }) => {
      clock.mockReturnValue(now * 1_000);
      return verifyWithLibrary(Buffer.from(body), headers, secret);
    });
    expect(outcomes).toEqual(expectedOf(CASES));
  });

  it('accepts genuine, recent requests only, with this package', () => {
    const cases = [...CASES, ...ED25519_CASES];
    const outcomes = outcomesOf(cases, ({ body, headers, secret, now }) =>
      verifyWithPackage(Buffer.from(body), headers, secret, { now: new Date(now * 1_000) }),
    );
    expect(outcomes).toEqual(expectedOf(cases));
  });

  it('accepts genuine, recent requests only, by hand', () => {
    const outcomes = outcomesOf(CASES, ({ body, headers, secret, now }) =>
      verifyByHand(Buffer.from(body), headers, secret, now * 1_000),
    );
    expect(outcomes).toEqual(expectedOf(CASES));
  });

  it('accepts genuine, recent requests only, with a public key', () => {
    const outcomes = outcomesOf(ED25519_CASES, ({ body, headers, secret, now }) =>
      verifyWithPublicKey(Buffer.from(body), headers, secret, now * 1_000),
    );
    expect(outcomes).toEqual(expectedOf(ED25519_CASES));
  });

  it('accepts genuine bodies only, by x-docmap-signature', () => {
    const outcomes = outcomesOf(BODY_CASES, ({ body, headers, secret }) =>
      verifyBody(Buffer.from(body), headers, secret),
    );
    expect(outcomes).toEqual(expectedOf(BODY_CASES));
  });
});

describe("The documents' Python", () => {
  it('accepts genuine, recent requests only, by hand', () => {
    expect(pythonOutcomesOf(CASES, 'verify_by_hand', EXPRESSIONS.python.standard)).toEqual(expectedOf(CASES));
  });

  it('accepts genuine bodies only, by x-docmap-signature', () => {
    expect(pythonOutcomesOf(BODY_CASES, 'verify_by_hand', EXPRESSIONS.python.body)).toEqual(expectedOf(BODY_CASES));
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

  it.each(['receiver_flask.py', 'receiver_fastapi.py'])('has no syntax error in %s', (file) => {
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
});

describeWithRuby("The documents' Ruby", () => {
  it('accepts genuine, recent requests only', () => {
    expect(rubyOutcomesOf(CASES, EXPRESSIONS.ruby.standard)).toEqual(expectedOf(CASES));
  });

  it('accepts genuine bodies only, by x-docmap-signature', () => {
    expect(rubyOutcomesOf(BODY_CASES, EXPRESSIONS.ruby.body)).toEqual(expectedOf(BODY_CASES));
  });
});

describeWithJava("The documents' Java", () => {
  it('accepts genuine, recent requests only', () => {
    expect(javaOutcomesOf(CASES, 'verify')).toEqual(expectedOf(CASES));
  });

  it('accepts genuine bodies only, by x-docmap-signature', () => {
    expect(javaOutcomesOf(BODY_CASES, 'verifyBody')).toEqual(expectedOf(BODY_CASES));
  });
});

describeWithGo("The documents' Go", () => {
  it('accepts genuine, recent requests only', () => {
    expect(goOutcomesOf(CASES, 'Verify')).toEqual(expectedOf(CASES));
  });

  it('accepts genuine bodies only, by x-docmap-signature', () => {
    expect(goOutcomesOf(BODY_CASES, 'VerifyBody')).toEqual(expectedOf(BODY_CASES));
  });

  it('is formatted by gofmt', () => {
    expect(run('gofmt', ['-l', '.'])).toBe('');
  });
});
