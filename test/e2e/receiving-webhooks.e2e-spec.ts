import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { Webhook } from 'standardwebhooks';
import { createReceiver } from '../../docs/examples/receiver-fastify.js';
import { verify as verifyByHand, verifyBody } from '../../docs/examples/verify-by-hand.js';
import { verify as verifyWithLibrary } from '../../docs/examples/verify-with-library.js';
import { startApp } from '../support/app.js';

const EXAMPLES = join(import.meta.dirname, '../../docs/examples');
const DOCUMENT = readFileSync(join(EXAMPLES, '../receiving-webhooks.md'), 'utf8');

const SECRET = '0123456789abcdef'.repeat(4);
const BODY = '{"event":"extraction.completed","data":{"id":"extract_9k2m4n6p8q0r1s3t"}}';
const TIME = 1_674_087_231;
const HEADERS = {
  'webhook-id': 'msg_2KWPBgLlAfxdpx2AI54pPJ85f4W',
  'webhook-timestamp': String(TIME),
  'webhook-signature': 'v1,h9kP8WLYzmpHqCKzjrVAPGtINMwZMweyp6B4cV6AMaw=',
  'x-docmap-signature': 'sha256=6003a79bd1068728c47ab0d6583380c064381e9b9030d2738c8577123c838b9b',
};
/** As during a rotation, the secret at hand being the older one. */
const ROTATING = {
  ...HEADERS,
  'webhook-signature': `v1,${'A'.repeat(43)}= ${HEADERS['webhook-signature']}`,
  'x-docmap-signature': `sha256=${'0'.repeat(64)},${HEADERS['x-docmap-signature']}`,
};

interface Case {
  name: string;
  accepted: boolean;
  body?: string;
  headers?: Record<string, string>;
  /** Seconds since 1970. */
  now?: number;
}

const CASES: Case[] = [
  { name: 'the check vector', accepted: true },
  { name: 'two signatures', accepted: true, headers: ROTATING },
  { name: 'one five minutes old', accepted: true, now: TIME + 300 },
  { name: 'one older than that', accepted: false, now: TIME + 301 },
  { name: 'one from the future', accepted: false, now: TIME - 301 },
  { name: 'a changed body', accepted: false, body: `${BODY} ` },
  { name: 'another id', accepted: false, headers: { ...HEADERS, 'webhook-id': 'msg_2' } },
  { name: 'another time', accepted: false, headers: { ...HEADERS, 'webhook-timestamp': String(TIME + 1) } },
  { name: 'a timestamp that is no number', accepted: false, headers: { ...HEADERS, 'webhook-timestamp': 'soon' } },
  { name: 'no headers', accepted: false, headers: {} },
];

/** The cases in which time plays no part: `x-docmap-signature` covers the body alone. */
const BODY_CASES = CASES.filter(({ name }) => ['the check vector', 'two signatures', 'a changed body'].includes(name));

/** The event that each case's verification returned, or null where it refused. */
const expectedOf = (cases: Case[]) => cases.map(({ accepted }) => (accepted ? (JSON.parse(BODY) as unknown) : null));

function outcomesOf(cases: Case[], verify: (request: Required<Case>) => unknown): unknown[] {
  return cases.map((given) => {
    try {
      return verify({ body: BODY, headers: HEADERS, now: TIME, ...given });
    } catch {
      return null;
    }
  });
}

/** The same for a Python expression over `request`, `body` and `verifier`, the imported module. */
function pythonOutcomesOf(cases: Case[], module: string, expression: string): unknown[] {
  const requests = cases.map((given) => ({ body: BODY, headers: HEADERS, now: TIME, secret: SECRET, ...given }));
  const program = `
import json, sys
import ${module} as verifier
def outcome(request):
    body = request["body"].encode()
    try:
        return ${expression}
    except Exception:
        return None
print(json.dumps([outcome(request) for request in json.load(sys.stdin)]))`;
  const { status, stdout, stderr } = run('python3', ['-B', '-c', program], EXAMPLES, JSON.stringify(requests));
  if (status !== 0) throw new Error(stderr);
  return JSON.parse(stdout) as unknown[];
}

function run(command: string, args: string[], cwd = EXAMPLES, input = '') {
  return spawnSync(command, args, { cwd, input, encoding: 'utf8' });
}

const has = (command: string, ...args: string[]): boolean => run(command, args).status === 0;

describe('docs/receiving-webhooks.md', () => {
  const files = readdirSync(EXAMPLES).filter((name) => /(?<!_test)\.(ts|py|go)$/.test(name));
  const sources = files.map((name) => readFileSync(join(EXAMPLES, name), 'utf8'));
  const snippets = [...DOCUMENT.matchAll(/^```(?:ts|typescript|js|python|py|go)\n(.*?)^```$/gms)].map(
    ([, code]) => code,
  );

  it.each(files)('shows %s as it is', (file) => {
    expect(snippets).toContain(sources[files.indexOf(file)]);
  });

  it('shows no other code', () => {
    expect(snippets.filter((snippet) => !sources.includes(snippet ?? ''))).toEqual([]);
  });

  it('shows the check vector', () => {
    for (const value of [SECRET, BODY, ...Object.values(HEADERS)]) expect(DOCUMENT).toContain(value);
  });
});

describe("The document's TypeScript", () => {
  afterEach(() => {
    jest.restoreAllMocks();
  });

  it('takes genuine, recent requests only, with the library', () => {
    const clock = jest.spyOn(Date, 'now');
    const outcomes = outcomesOf(CASES, ({ body, headers, now }) => {
      clock.mockReturnValue(now * 1_000);
      return verifyWithLibrary(Buffer.from(body), headers, SECRET);
    });
    expect(outcomes).toEqual(expectedOf(CASES));
  });

  it('takes genuine, recent requests only, by hand', () => {
    const outcomes = outcomesOf(CASES, ({ body, headers, now }) =>
      verifyByHand(Buffer.from(body), headers, SECRET, now * 1_000),
    );
    expect(outcomes).toEqual(expectedOf(CASES));
  });

  it('takes genuine bodies only, by x-docmap-signature', () => {
    const outcomes = outcomesOf(BODY_CASES, ({ body, headers }) => verifyBody(Buffer.from(body), headers, SECRET));
    expect(outcomes).toEqual(expectedOf(BODY_CASES));
  });

  it('receives a real delivery byte for byte, and answers a forged one with 401', async () => {
    const service = await startApp();
    const { secret, webhook } = await service.api.createWebhook('http://127.0.0.1:1024/not-yet');
    const kept = new Map<string, unknown>();
    const receiver = createReceiver(secret, async (id, event) => void kept.set(id, event));
    const url = `${await receiver.listen({ port: 0, host: '127.0.0.1' })}/webhooks/docmap`;
    await service.api.patch(`/v1/webhooks/${webhook.id}`, { url });

    await service.api.publish({ extractionId: 'extract-1', data: { title: 'Résumé – 추출 완료 ✓' } });
    const [record] = await service.api.log(1);
    expect(record).toMatchObject({ status: 'success', httpStatus: 204 });
    expect([...kept]).toEqual([
      [
        record?.deliveryId,
        {
          type: 'extraction.completed',
          timestamp: expect.any(String),
          data: { id: 'extract-1', title: 'Résumé – 추출 완료 ✓' },
        },
      ],
    ]);

    const headers = { ...HEADERS, 'content-type': 'application/json' };
    expect((await fetch(url, { method: 'POST', headers, body: BODY })).status).toBe(401);
    expect(kept.size).toBe(1);
    await service.close();
    await receiver.close();
  });
});

describe("The document's Python", () => {
  it('takes genuine, recent requests only, by hand', () => {
    const call = `verifier.verify(body, request["headers"], request["secret"], request["now"])`;
    expect(pythonOutcomesOf(CASES, 'verify_by_hand', call)).toEqual(expectedOf(CASES));
  });

  it('takes genuine bodies only, by x-docmap-signature', () => {
    const call = `verifier.verify_body(body, request["headers"], request["secret"])`;
    expect(pythonOutcomesOf(BODY_CASES, 'verify_by_hand', call)).toEqual(expectedOf(BODY_CASES));
  });

  const hasLibrary = has('python3', '-c', 'import standardwebhooks');
  it(`takes genuine requests only, with the library${hasLibrary ? '' : ' (not installed here: only parsed)'}`, () => {
    if (!hasLibrary) {
      expect(has('python3', '-c', 'import ast; ast.parse(open("verify_with_library.py").read())')).toBe(true);
      return;
    }
    // The library looks at the clock itself, so the request is one of now.
    const signature = new Webhook(SECRET).sign(HEADERS['webhook-id'], new Date(), BODY);
    const timestamp = String(Math.floor(Date.now() / 1_000));
    const headers = { ...HEADERS, 'webhook-timestamp': timestamp, 'webhook-signature': signature };
    const cases = [
      { name: 'a request of now', accepted: true, headers },
      { name: 'a changed body', accepted: false, headers, body: `${BODY} ` },
      { name: 'one of long ago', accepted: false },
    ];
    const call = 'verifier.verify(body, request["headers"], request["secret"])';
    expect(pythonOutcomesOf(cases, 'verify_with_library', call)).toEqual(expectedOf(cases));
  });

  it.each(['receiver_flask.py', 'receiver_fastapi.py'])('has no syntax error in %s', (file) => {
    expect(has('python3', '-c', `import ast; ast.parse(open("${file}").read())`)).toBe(true);
  });
});

describe("The document's Go", () => {
  const hasGo = has('go', 'version');
  it(`takes genuine, recent requests only, by hand${hasGo ? '' : ' (no Go here: only compared with its file)'}`, () => {
    if (!hasGo) {
      expect(DOCUMENT).toContain(readFileSync(join(EXAMPLES, 'verify_by_hand.go'), 'utf8'));
      return;
    }
    const directory = mkdtempSync(join(tmpdir(), 'docmap-go-'));
    const files = ['verify_by_hand.go', 'verify_by_hand_test.go'];
    for (const file of files) copyFileSync(join(EXAMPLES, file), join(directory, file));
    writeFileSync(join(directory, 'go.mod'), 'module receiver\n\ngo 1.19\n');
    const { stdout, stderr } = run('go', ['test', './...'], directory);
    rmSync(directory, { recursive: true, force: true });
    expect(stdout + stderr).toMatch(/^ok\b/);
    expect(run('gofmt', ['-l', '.'])).toMatchObject({ status: 0, stdout: '' });
  });
});
