import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe } from '@jest/globals';
import type { Case, Outcome } from './cases.js';
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

/** A group of tests that need a program: skipped without it, except in continuous integration, where they fail. */
export function describeWith(program: string, name: string, tests: () => void): void {
  if (process.env.CI || has(program, program.startsWith('java') ? '-version' : '--version')) describe(name, tests);
  else describe.skip(`${name} (skipped: ${program} is not installed here)`, tests);
}

/** The verifications of each example, as an expression of its language over the names that its harness defines. */
export const EXPRESSIONS = {
  python: {
    standard: 'verifier.verify(body, request["headers"], request["secret"], request["now"])',
    body: 'verifier.verify_body(body, request["headers"], request["secret"])',
  },
  php: {
    standard: 'DocMap\\verify($r["body"], $r["headers"], $r["secret"], $r["now"])',
    body: 'DocMap\\verifyBody($r["body"], $r["headers"], $r["secret"])',
  },
  ruby: {
    standard: 'DocMap.verify(r["body"], r["headers"], r["secret"], now: Time.at(r["now"]))',
    body: 'DocMap.verify_body(r["body"], r["headers"], r["secret"])',
  },
} as const;

export function pythonOutcomesOf(cases: Case[], module: string, expression: string): Outcome[] {
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
  return outcomes(cases, run('python3', ['-B', '-c', program], { input: JSON.stringify(cases) }));
}

export function phpOutcomesOf(cases: Case[], expression: string): Outcome[] {
  const program = `
error_reporting(E_ALL);
set_error_handler(function ($level, $text) { fwrite(STDERR, $text); exit(1); });
require 'verify_by_hand.php';
echo json_encode(array_map(function ($r) {
  try { return ${expression}; } catch (RuntimeException | JsonException) { return null; }
}, json_decode(file_get_contents('php://stdin'), true)));`;
  return outcomes(cases, run('php', ['-r', program], { input: JSON.stringify(cases) }));
}

export function rubyOutcomesOf(cases: Case[], expression: string): Outcome[] {
  const program = `
require './verify_by_hand'
puts JSON.generate(JSON.parse($stdin.read).map { |r|
  begin
    ${expression}
  rescue DocMap::VerificationError
    nil
  end
})`;
  return outcomes(cases, run('ruby', ['-w', '-e', program], { input: JSON.stringify(cases) }));
}

/** @returns the same as the others, except that an accepted event is the parsed body: the JDK has no parser of JSON */
export function javaOutcomesOf(cases: Case[], method: 'verify' | 'verifyBody'): Outcome[] {
  const classes = mkdtempSync(join(tmpdir(), 'docmap-java-'));
  try {
    const harness = join(import.meta.dirname, 'VerifyCases.java');
    run('javac', ['-Xlint:all', '-Werror', '-d', classes, 'DocMapSignature.java', harness]);
    const lines = cases.flatMap(({ body, headers, secret, now }) => [
      [Buffer.from(body).toString('base64'), secret, now].join(' '),
      ...Object.entries(headers).map((header) => header.join(' ')),
      '',
    ]);
    const answers = run('java', ['-cp', classes, 'VerifyCases', method], { input: `${lines.join('\n')}\n` });
    const accepted = answers.trimEnd().split('\n');
    return cases.map(({ name, body }, index) => ({
      name,
      event: accepted[index] === 'accepted' ? (JSON.parse(body) as unknown) : null,
    }));
  } finally {
    rmSync(classes, { recursive: true });
  }
}

function outcomes(cases: Case[], output: string): Outcome[] {
  const events = JSON.parse(output) as unknown[];
  return cases.map(({ name }, index) => ({ name, event: events[index] }));
}
