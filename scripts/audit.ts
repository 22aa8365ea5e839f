import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { type AuditReport, signaturesVerdict, type SignaturesReport, vulnerabilitiesVerdict } from './audit-verdict.js';
import { tableBelow } from './markdown-table.js';

/** One try of 30 s, not npm's five minutes: without the registry the audit is skipped. */
const IMPATIENT = ['--fetch-retries=0', '--fetch-timeout=30000'];

function npmAudit(...options: string[]): unknown {
  const { stdout } = spawnSync('npm', ['audit', ...options, '--json', ...IMPATIENT], { encoding: 'utf8' });
  return stdout.trim() === '' ? {} : JSON.parse(stdout);
}

const [subject] = process.argv.slice(2);
if (subject !== 'vulnerabilities' && subject !== 'signatures') {
  console.error('usage: tsx scripts/audit.ts vulnerabilities | signatures');
  process.exit(2);
}

const accepted = tableBelow('Accepted vulnerabilities', readFileSync('docs/dependencies.md', 'utf8'));
const { outcome, lines } =
  subject === 'vulnerabilities'
    ? vulnerabilitiesVerdict(
        npmAudit('--package-lock-only') as AuditReport,
        accepted.map(([id]) => id!),
      )
    : signaturesVerdict(npmAudit('signatures') as SignaturesReport);
console.log([`Audit of ${subject}: ${outcome}.`, ...lines].join('\n  '));
process.exitCode = outcome === 'failed' ? 1 : 0;
