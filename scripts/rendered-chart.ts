import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { parse, parseAllDocuments } from 'yaml';

const CHART = 'deploy/helm/docmap-webhooks';

/** A Kubernetes object, as far as checks read it. */
export interface KubernetesObject {
  apiVersion: string;
  kind: string;
  metadata: { name: string; labels: Record<string, string>; annotations?: Record<string, string> };
  spec: Record<string, unknown>;
}

/** The text of a file of the chart. */
export function chartFile(name: string): string {
  return readFileSync(join(CHART, name), 'utf8');
}

/**
 * The objects that Helm makes of the chart. Needs Go.
 *
 * @param overrides values that replace those of values.yaml, merged as Helm does
 */
export function renderedChart(overrides: object = {}): KubernetesObject[] {
  const { name, version, appVersion } = parse(chartFile('Chart.yaml')) as Record<string, string>;
  const input = {
    Values: merged(parse(chartFile('values.yaml')), overrides),
    Release: { Name: 'hooks', Namespace: 'default', Service: 'Helm' },
    Chart: { Name: name, Version: version, AppVersion: appVersion },
  };
  const yaml = execFileSync('go', ['run', 'scripts/render-chart.go', join(CHART, 'templates')], {
    input: JSON.stringify(input),
    encoding: 'utf8',
  });
  const documents = parseAllDocuments(yaml, { uniqueKeys: true });
  for (const { errors } of documents) if (errors[0] !== undefined) throw errors[0];
  return documents.flatMap((document) => (document.toJS() as KubernetesObject | null) ?? []);
}

/** Objects are merged, everything else is replaced. */
function merged(base: unknown, overrides: unknown): unknown {
  if (!isObject(base) || !isObject(overrides)) return overrides === undefined ? base : overrides;
  const keys = [...Object.keys(base), ...Object.keys(overrides)];
  return Object.fromEntries(keys.map((key) => [key, merged(base[key], overrides[key])]));
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/**
 * Compiles objects against the types of Kubernetes. Unlike the schemas of its API, these find unknown fields.
 *
 * @returns one line for each unknown field, missing field and value of a wrong type
 */
export function typeFaults(objects: readonly KubernetesObject[]): string[] {
  const lines = objects.map((object, index) => {
    const group = object.apiVersion === 'v1' ? 'core/v1' : object.apiVersion.replace(/\..*\//, '/');
    return [
      `import type { ${object.kind} as Kind${index} } from 'kubernetes-types/${group}';`,
      `export const object${index}: Kind${index} = ${JSON.stringify(object, null, 1)};`,
    ].join('\n');
  });
  // The name of a file of this folder, which does not exist: packages are found from here.
  const fileName = join(import.meta.dirname, 'objects-of-the-chart.ts');
  const options: ts.CompilerOptions = {
    strict: true,
    noEmit: true,
    module: ts.ModuleKind.ESNext,
    moduleResolution: ts.ModuleResolutionKind.Bundler,
    target: ts.ScriptTarget.ES2022,
    // The types of Kubernetes need no more. Others would take seconds.
    lib: ['lib.es5.d.ts'],
    types: [],
    skipLibCheck: true,
  };
  const host = ts.createCompilerHost(options);
  const onDisk = { ...host };
  host.fileExists = (path) => path === fileName || onDisk.fileExists(path);
  host.getSourceFile = (path, ...rest) =>
    path === fileName
      ? ts.createSourceFile(path, lines.join('\n'), ts.ScriptTarget.ES2022)
      : onDisk.getSourceFile(path, ...rest);
  const program = ts.createProgram([fileName], options, host);
  return ts.getPreEmitDiagnostics(program).map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, ' '));
}
