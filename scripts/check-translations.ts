import { checkTranslations } from './translations-command.js';

const { lines, exitCode } = checkTranslations('.', process.argv.slice(2));
for (const line of lines) console.error(line);
process.exitCode = exitCode;
