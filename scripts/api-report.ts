import { Extractor, ExtractorConfig, ExtractorLogLevel, type IConfigFile } from '@microsoft/api-extractor';
import { resolve } from 'node:path';

const REPORT = 'docmap-webhooks.api.md';

const config: IConfigFile = {
  projectFolder: resolve('.'),
  mainEntryPointFilePath: resolve('dist/lib/index.d.ts'),
  compiler: { tsconfigFilePath: resolve('tsconfig.json'), skipLibCheck: true },
  apiReport: {
    enabled: true,
    reportFolder: resolve('.'),
    reportTempFolder: resolve('dist/api'),
    reportFileName: REPORT,
  },
  newlineKind: 'lf',
  messages: {
    compilerMessageReporting: { default: { logLevel: ExtractorLogLevel.Error } },
    extractorMessageReporting: {
      default: { logLevel: ExtractorLogLevel.Error },
      // The report names them, so that a new one shows in it.
      'ae-forgotten-export': { logLevel: ExtractorLogLevel.Warning, addToApiReportFile: true },
      'ae-unresolved-link': { logLevel: ExtractorLogLevel.None },
      // Everything that is exported is public.
      'ae-missing-release-tag': { logLevel: ExtractorLogLevel.None },
      'ae-undocumented': { logLevel: ExtractorLogLevel.None },
    },
    tsdocMessageReporting: { default: { logLevel: ExtractorLogLevel.None } },
  },
};

/**
 * Compares the public API of the build with the committed report, or writes the report with `--write`. A type that the API
 * mentions and index.ts does not export is a fault too.
 */
const isWriting = process.argv.includes('--write');
const { succeeded, apiReportChanged } = Extractor.invoke(
  ExtractorConfig.prepare({
    configObject: config,
    configObjectFullPath: undefined,
    packageJsonFullPath: resolve('package.json'),
  }),
  {
    localBuild: isWriting,
    messageCallback: (message) => void (message.handled ||= message.messageId === 'console-preamble'),
  },
);
if (apiReportChanged && !isWriting) console.error(`${REPORT} is stale: run "npm run api" and commit it.`);
process.exitCode = succeeded || (isWriting && apiReportChanged) ? 0 : 1;
