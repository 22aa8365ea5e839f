import { readFileSync, rmSync } from 'node:fs';
import { before } from '@nestjs/swagger/plugin';
import ts from 'typescript';
import { withPlainTypeNames } from './plain-type-names.js';

/** The part of nest-cli.json that this script reads. Nest's own command reads the same settings. */
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

/**
 * Compiles `src` into `dist`, with the plugin of `@nestjs/swagger` that turns types and docblocks into OpenAPI. `nest build`
 * does the same, but its packages need a newer Node.js than the service.
 */
function compile(): boolean {
  const { options, fileNames, errors } = ts.getParsedCommandLineOfConfigFile(tsConfigPath, undefined, {
    ...ts.sys,
    onUnRecoverableConfigFileDiagnostic: (diagnostic) => report([diagnostic]),
  })!;
  rmSync(options.outDir!, { recursive: true, force: true });
  const program = ts.createProgram(fileNames, options);
  const faults = [...errors, ...ts.getPreEmitDiagnostics(program)];
  if (faults.length === 0) {
    const plugin = before(SWAGGER_OPTIONS, withPlainTypeNames(program));
    faults.push(...program.emit(undefined, undefined, undefined, undefined, { before: [plugin] }).diagnostics);
  }
  report(faults);
  return faults.length === 0;
}

function report(faults: readonly ts.Diagnostic[]): void {
  if (faults.length > 0) process.stderr.write(ts.formatDiagnosticsWithColorAndContext(faults, HOST));
}

process.exitCode = compile() ? 0 : 1;
