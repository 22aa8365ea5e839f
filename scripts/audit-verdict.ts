/** The result of an audit. `skipped` means that the registry did not respond, and nothing is known. */
export interface Verdict {
  outcome: 'passed' | 'failed' | 'skipped';
  lines: string[];
}

interface Advisory {
  name: string;
  title: string;
  url: string;
  severity: string;
}

interface Failure {
  message?: string;
  error?: { code?: string; summary?: string };
}

/** The output of `npm audit --json`: a report, or the reason why there is none. */
export interface AuditReport extends Failure {
  vulnerabilities?: Record<string, { via: (Advisory | string)[] }>;
}

/** The output of `npm audit signatures --json`. */
export interface SignaturesReport extends Failure {
  invalid?: SignedPackage[];
  missing?: SignedPackage[];
}

interface SignedPackage {
  name: string;
  version: string;
}

const FAILING = new Set(['high', 'critical']);

/** Network failures and HTTP statuses. Every other code, such as ENOLOCK, is a fault of this repository. */
const UNREACHABLE = /^E(\d{3}|NOTFOUND|AI_AGAIN|CONN\w+|TIMEDOUT|SOCKETTIMEDOUT|NETUNREACH|HOSTUNREACH)$/;

/** @param accepted ids of the accepted advisories, such as `GHSA-9c47-m6qq-7p4h` */
export function vulnerabilitiesVerdict(report: AuditReport, accepted: string[]): Verdict {
  if (report.vulnerabilities === undefined) return withoutReport(report);

  const advisories = Object.values(report.vulnerabilities).flatMap(({ via }) => via);
  const lines = advisories
    .filter((advisory) => typeof advisory !== 'string')
    .filter(({ severity, url }) => FAILING.has(severity) && !accepted.includes(url.split('/').at(-1)!))
    .map(({ severity, name, title, url }) => `${severity}: ${name}: ${title} (${url})`);
  return lines.length > 0 ? { outcome: 'failed', lines: [...new Set(lines)] } : { outcome: 'passed', lines };
}

export function signaturesVerdict(report: SignaturesReport): Verdict {
  if (report.invalid === undefined || report.missing === undefined) return withoutReport(report);

  const lines = [
    ...report.invalid.map(({ name, version }) => `${name}@${version}: the signature is not the registry's`),
    ...report.missing.map(({ name, version }) => `${name}@${version}: the signature is missing`),
  ];
  return { outcome: lines.length > 0 ? 'failed' : 'passed', lines };
}

/** Failures of the registry's audit endpoint itself have a message and no code. */
function withoutReport({ message, error }: Failure): Verdict {
  const reason = message ?? error?.summary ?? 'npm printed no report';
  const unreachable = error?.code === undefined ? message !== undefined : UNREACHABLE.test(error.code);
  return { outcome: unreachable ? 'skipped' : 'failed', lines: [reason] };
}
