// Runs the service, and starts it again after each change of a source that compiles.
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import ts from 'typescript';
import { NODE_OPTIONS } from './node-options.mjs';
import { report, transformersFor, TS_CONFIG } from './swagger-plugin.js';

let service: ChildProcess | undefined;
/** The restart before the next one. */
let restarted = Promise.resolve();

async function restart(): Promise<void> {
  await stop();
  service = spawn(process.execPath, [...NODE_OPTIONS, '--enable-source-maps', 'dist/main.js'], { stdio: 'inherit' });
}

async function stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
  if (service === undefined || service.exitCode !== null || service.signalCode !== null) return;
  const exited = once(service, 'exit');
  service.kill(signal);
  await exited;
}

const host = ts.createWatchCompilerHost(
  TS_CONFIG,
  {},
  ts.sys,
  ts.createEmitAndSemanticDiagnosticsBuilderProgram,
  (diagnostic) => report([diagnostic]),
  ({ messageText }) => console.error(ts.flattenDiagnosticMessageText(messageText, '\n')),
);
host.afterProgramCreate = (builder) => {
  const program = builder.getProgram();
  const faults = ts.getPreEmitDiagnostics(program);
  report(faults);
  if (faults.length > 0) return;
  builder.emit(undefined, undefined, undefined, undefined, transformersFor(program));
  restarted = restarted.then(restart);
};
const watch = ts.createWatchProgram(host);

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => {
    watch.close();
    void restarted.then(() => stop(signal));
  });
}
