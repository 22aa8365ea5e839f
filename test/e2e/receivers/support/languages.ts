import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe } from '@jest/globals';
import { MISCONFIGURED, type Case, type Outcome } from './cases.js';
import { EXAMPLES } from './examples.js';

/** Runs a program in the folder of the examples and returns its output. */
export function run(command: string, args: string[], { cwd = EXAMPLES, input = '' } = {}): string {
  const { status, stdout, stderr, error } = spawnSync(command, args, { cwd, input, encoding: 'utf8' });
  if (error) throw new Error(`${command} can't be run: ${error.message}`);
  if (status !== 0) throw new Error(stderr || stdout);
  return stdout;
}

export function has(command: string, ...args: string[]): boolean {
  return spawnSync(command, args, { cwd: EXAMPLES }).status === 0;
}

/** `describe` for tests that need a program. Without it they are skipped, and fail in continuous integration. */
export function describeWith(program: string): typeof describe.skip {
  const versionOf = ['go', 'openssl'].includes(program) ? 'version' : '--version';
  if (process.env.CI || has(program, versionOf)) return describe;
  console.warn(`Tests are skipped, because ${program} is not installed. Continuous integration needs it.`);
  return describe.skip;
}

/** The functions of each example, as an expression of its language over the names that its harness defines. */
export const EXPRESSIONS = {
  python: {
    standard: 'verifier.verify(body, request["headers"], request["secret"], request["now"])',
    body: 'verifier.verify_body(body, request["headers"], request["secret"])',
    sign: 'verifier.sign(request["headers"]["webhook-id"], str(request["now"]), body, request["secret"])',
  },
  php: {
    standard: 'DocMap\\verify($r["body"], $r["headers"], $r["secret"], $r["now"])',
    body: 'DocMap\\verifyBody($r["body"], $r["headers"], $r["secret"])',
    sign: 'DocMap\\sign($r["headers"]["webhook-id"], (string) $r["now"], $r["body"], $r["secret"])',
  },
  ruby: {
    standard: 'DocMap.verify(r["body"], r["headers"], r["secret"], now: Time.at(r["now"]))',
    body: 'DocMap.verify_body(r["body"], r["headers"], r["secret"])',
    sign: 'DocMap.sign(r["headers"]["webhook-id"], r["now"].to_s, r["body"], r["secret"])',
  },
} as const;

/** JSON with null for a secret that is not set. */
const inputOf = (cases: Case[]): string =>
  JSON.stringify(cases.map((request) => ({ ...request, secret: request.secret ?? null })));

export function pythonOutcomesOf(cases: Case[], module: string, expression: string): Outcome[] {
  const program = `
import json, sys
import ${module} as verifier
def outcome(request):
    body = request["body"].encode()
    try:
        return ${expression}
    except ValueError:
        return None
    except RuntimeError:
        return "${MISCONFIGURED}"
print(json.dumps([outcome(request) for request in json.load(sys.stdin)]))`;
  return outcomes(cases, run('python3', ['-B', '-c', program], { input: inputOf(cases) }));
}

export function phpOutcomesOf(cases: Case[], expression: string): Outcome[] {
  const program = `
error_reporting(E_ALL);
set_error_handler(function ($level, $text) { fwrite(STDERR, $text); exit(1); });
require 'verify_by_hand.php';
echo json_encode(array_map(function ($r) {
  try { return ${expression}; }
  catch (RuntimeException | JsonException) { return null; }
  catch (InvalidArgumentException | TypeError) { return '${MISCONFIGURED}'; }
}, json_decode(file_get_contents('php://stdin'), true)));`;
  return outcomes(cases, run('php', ['-r', program], { input: inputOf(cases) }));
}

export function rubyOutcomesOf(cases: Case[], expression: string): Outcome[] {
  const program = `
require './verify_by_hand'
puts JSON.generate(JSON.parse($stdin.read).map { |r|
  begin
    ${expression}
  rescue DocMap::VerificationError
    nil
  rescue ArgumentError
    '${MISCONFIGURED}'
  end
})`;
  return outcomes(cases, run('ruby', ['-w', '-e', program], { input: inputOf(cases) }));
}

const ANNOTATIONS = [
  'beans.factory.annotation.Value',
  ...['PostMapping', 'RequestBody', 'RequestHeader', 'RestController'].map((name) => `web.bind.annotation.${name}`),
];
/** Substitutes for the classes of Spring that the example uses. */
const SPRING: Record<string, string> = {
  ...Object.fromEntries(ANNOTATIONS.map((name) => [name, '@interface NAME { String value() default ""; }'])),
  'http.HttpHeaders': 'interface NAME { String getFirst(String name); }',
  'http.ResponseEntity': `final class NAME<T> {
    public interface Builder { <T> NAME<T> build(); }
    public static Builder status(int status) { return null; }
    public static Builder noContent() { return null; }
  }`,
};

/** Compiles the controller for Spring with the verification. */
export function compileSpringExample(): void {
  inTemporaryFolder((folder) => {
    const sources = Object.entries(SPRING).map(([path, declaration]) => {
      const names = `org.springframework.${path}`.split('.');
      const name = names.pop() ?? '';
      mkdirSync(join(folder, ...names), { recursive: true });
      const file = join(folder, ...names, `${name}.java`);
      writeFileSync(file, `package ${names.join('.')};\npublic ${declaration.replaceAll('NAME', name)}\n`);
      return file;
    });
    run('javac', ['-Xlint:all', '-Werror', '-d', folder, 'DocMapController.java', 'DocMapSignature.java', ...sources]);
  });
}

/** The verification in Java has no event to return, because the JDK has no parser of JSON: see {@link acceptedOf}. */
export function javaOutcomesOf(cases: Case[], method: 'verify' | 'verifyBody'): Outcome[] {
  return inTemporaryFolder((classes) => {
    const harness = join(import.meta.dirname, 'VerifyCases.java');
    run('javac', ['-Xlint:all', '-Werror', '-d', classes, 'DocMapSignature.java', harness]);
    const lines = cases.flatMap(({ body, headers, secret, now }) => [
      [now, base64(body), ...(secret === undefined ? [] : [`=${base64(secret)}`])].join(' '),
      ...Object.entries(headers).map((header) => header.join(' ')),
      '',
    ]);
    const output = run('java', ['-cp', classes, 'VerifyCases', method], { input: `${lines.join('\n')}\n` });
    return acceptedOf(cases, output);
  });
}

const base64 = (text: string): string => Buffer.from(text).toString('base64');

/** As for Java: the example in Go does not parse the body. */
export function goOutcomesOf(cases: Case[], method: 'Verify' | 'VerifyBody'): Outcome[] {
  return inTemporaryFolder((module) => {
    writeFileSync(join(module, 'go.mod'), 'module example.com/receiver\n\ngo 1.19\n');
    copyFileSync(join(EXAMPLES, 'verify_by_hand.go'), join(module, 'verify_by_hand.go'));
    mkdirSync(join(module, 'cases'));
    copyFileSync(join(import.meta.dirname, 'verify_cases.go'), join(module, 'cases/main.go'));
    return acceptedOf(cases, run('go', ['run', './cases', method], { cwd: module, input: inputOf(cases) }));
  });
}

function inTemporaryFolder<Result>(use: (folder: string) => Result): Result {
  const folder = mkdtempSync(join(tmpdir(), 'docmap-test-receivers-'));
  try {
    return use(folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** The outcomes of a program that prints `true`, `false` or {@link MISCONFIGURED} for each request. */
function acceptedOf(cases: Case[], output: string): Outcome[] {
  const verdicts = JSON.parse(output) as (boolean | string)[];
  return cases.map(({ name, body }, index) => {
    const verdict = verdicts[index];
    if (verdict === MISCONFIGURED) return { name, event: verdict };
    return { name, event: verdict === true ? (JSON.parse(body) as unknown) : null };
  });
}

function outcomes(cases: Case[], output: string): Outcome[] {
  const events = JSON.parse(output) as unknown[];
  return cases.map(({ name }, index) => ({ name, event: events[index] }));
}
