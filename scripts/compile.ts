import { rmSync } from 'node:fs';
import { before } from '@nestjs/swagger/plugin';
import ts from 'typescript';
import { withPlainTypeNames } from './plain-type-names.js';

const CONFIG = 'tsconfig.build.json';

/** See https://docs.nestjs.com/openapi/cli-plugin. */
const SWAGGER_OPTIONS = {
  introspectComments: true,
  classValidatorShim: true,
  dtoFileNameSuffix: ['.dto.ts'],
  controllerFileNameSuffix: ['.controller.ts'],
  skipDefaultValues: true,
  skipAutoHttpCode: true,
};

const HOST: ts.FormatDiagnosticsHost = {
  getCanonicalFileName: (name) => name,
  getCurrentDirectory: () => ts.sys.getCurrentDirectory(),
  getNewLine: () => ts.sys.newLine,
};

/**
 * Compiles `src` into `dist`, with the plugin of `@nestjs/swagger` that turns types and docblocks into OpenAPI. This is all
 * that `nest build` would do here, without the packages of Nest's command, which need a newer Node.js than the service.
 */
function compile(): boolean {
  const { options, fileNames, errors } = ts.getParsedCommandLineOfConfigFile(CONFIG, undefined, {
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
