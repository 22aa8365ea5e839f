import { rmSync } from 'node:fs';
import ts from 'typescript';
import { report, transformersFor, TS_CONFIG } from './swagger-plugin.js';

/**
 * Compiles `src` into `dist`, with the plugin of `@nestjs/swagger`. `nest build` does the same, but its packages need a newer
 * Node.js than the service.
 */
function compile(): boolean {
  const { options, fileNames, errors } = ts.getParsedCommandLineOfConfigFile(TS_CONFIG, undefined, {
    ...ts.sys,
    onUnRecoverableConfigFileDiagnostic: (diagnostic) => report([diagnostic]),
  })!;
  rmSync(options.outDir!, { recursive: true, force: true });
  const program = ts.createProgram(fileNames, options);
  const faults = [...errors, ...ts.getPreEmitDiagnostics(program)];
  if (faults.length === 0) {
    faults.push(...program.emit(undefined, undefined, undefined, undefined, transformersFor(program)).diagnostics);
  }
  report(faults);
  return faults.length === 0;
}

process.exitCode = compile() ? 0 : 1;
