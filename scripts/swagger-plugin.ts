import { readFileSync } from 'node:fs';
import { before } from '@nestjs/swagger/plugin';
import ts from 'typescript';
import { withPlainTypeNames } from './plain-type-names.js';

/** The parts of nest-cli.json that are read here. Nest's own command does the same where it is installed. */
interface NestCli {
  compilerOptions: { tsConfigPath: string; plugins: { name: string; options: Record<string, unknown> }[] };
}

const { tsConfigPath, plugins } = (JSON.parse(readFileSync('nest-cli.json', 'utf8')) as NestCli).compilerOptions;

/** The options of the Swagger plugin: see https://docs.nestjs.com/openapi/cli-plugin. */
const SWAGGER_OPTIONS = plugins.find(({ name }) => name === '@nestjs/swagger')?.options;

const HOST: ts.FormatDiagnosticsHost = {
  getCanonicalFileName: (name) => name,
  getCurrentDirectory: () => ts.sys.getCurrentDirectory(),
  getNewLine: () => ts.sys.newLine,
};

export const TS_CONFIG = tsConfigPath;

/** The plugin of `@nestjs/swagger`, which turns types and docblocks into OpenAPI. */
export function transformersFor(program: ts.Program): ts.CustomTransformers {
  return { before: [before(SWAGGER_OPTIONS, withPlainTypeNames(program))] };
}

export function report(faults: readonly ts.Diagnostic[]): void {
  if (faults.length > 0) process.stderr.write(ts.formatDiagnosticsWithColorAndContext(faults, HOST));
}
