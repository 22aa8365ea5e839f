import { Extractor, ExtractorConfig, ExtractorLogLevel, type IConfigFile } from '@microsoft/api-extractor';
import { resolve } from 'node:path';

/** The declarations of each entry of the package, keyed by its report. */
const REPORTS = {
  'docmap-webhooks.api.md': 'dist/lib/index.d.ts',
  'docmap-webhooks-testing.api.md': 'dist/lib/testing/index.d.ts',
  'docmap-webhooks-verify.api.md': 'dist/lib/verify/index.d.ts',
};

const configOf = (report: string, entry: string): IConfigFile => ({
  projectFolder: resolve('.'),
  mainEntryPointFilePath: resolve(entry),
  compiler: { tsconfigFilePath: resolve('tsconfig.json'), skipLibCheck: true },
  apiReport: {
    enabled: true,
    reportFolder: resolve('.'),
    reportTempFolder: resolve('dist/api'),
    reportFileName: report,
  },
  newlineKind: 'lf',
  messages: {
    compilerMessageReporting: { default: { logLevel: ExtractorLogLevel.Error } },
    extractorMessageReporting: {
      default: { logLevel: ExtractorLogLevel.Error },
      // The report lists these types, and a new one changes the report.
      'ae-forgotten-export': { logLevel: ExtractorLogLevel.Warning, addToApiReportFile: true },
      'ae-unresolved-link': { logLevel: ExtractorLogLevel.None },
      // Every export is public.
      'ae-missing-release-tag': { logLevel: ExtractorLogLevel.None },
      'ae-undocumented': { logLevel: ExtractorLogLevel.None },
    },
    tsdocMessageReporting: { default: { logLevel: ExtractorLogLevel.None } },
  },
});

/**
 * Compares the public API of the build with the committed reports. `--write` writes the reports instead. A report also lists
 * the types that the API mentions and its entry does not export.
 */
const isWriting = process.argv.includes('--write');
for (const [report, entry] of Object.entries(REPORTS)) {
  const { succeeded, apiReportChanged } = Extractor.invoke(
    ExtractorConfig.prepare({
      configObject: configOf(report, entry),
      configObjectFullPath: undefined,
      packageJsonFullPath: resolve('package.json'),
    }),
    {
      localBuild: isWriting,
      messageCallback: (message) => void (message.handled ||= message.messageId === 'console-preamble'),
    },
  );
  if (apiReportChanged && !isWriting) console.error(`${report} is stale: run "npm run api" and commit it.`);
  if (!succeeded && !(isWriting && apiReportChanged)) process.exitCode = 1;
}
