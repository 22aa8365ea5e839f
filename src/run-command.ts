import { ConfigError } from './config/config-error.js';
import { DatabaseStartError } from './database/database-start.error.js';
import { TransferError } from './transfer/transfer.error.js';

/** Errors whose messages explain themselves to an operator. */
const EXPLAINED = [ConfigError, DatabaseStartError, TransferError];

/** Runs a command. An error is printed and makes the process exit with 1. Only an unexpected one is printed with its stack. */
export async function runCommand(command: () => Promise<void>): Promise<void> {
  try {
    await command();
  } catch (error) {
    const isExplained = EXPLAINED.some((type) => error instanceof type) || isUsageError(error);
    const { message, stack } = error as Error;
    process.stderr.write(`${isExplained ? message : (stack ?? message)}\n`);
    process.exitCode = 1;
  }
}

/** An error of `parseArgs`. */
function isUsageError(error: unknown): boolean {
  return (error as NodeJS.ErrnoException).code?.startsWith('ERR_PARSE_ARGS') === true;
}
