import { parseArgs } from 'node:util';
import { withServices } from './command.module.js';
import { loadEnvFile } from './config/env-file.js';
import { loadConfig } from './config/environment.js';
import { runCommand } from './run-command.js';
import { SecretsReencryption } from './webhooks/secrets-reencryption.js';

const OPTIONS = { 'accept-unreadable': { type: 'boolean', default: false } } as const;

/** Encrypts all signing secrets under SECRETS_KEY: see "Changing SECRETS_KEY" in docs/operating.md. */
await runCommand(async () => {
  const { values } = parseArgs({ options: OPTIONS });
  loadEnvFile();
  const { reencrypted, alreadyCurrent, unreadable } = await withServices(loadConfig(process.env), (app) =>
    app.get(SecretsReencryption).run(values['accept-unreadable']),
  );
  process.stdout.write(
    `re-encrypted ${reencrypted}, already under the new key ${alreadyCurrent}, unreadable ${unreadable.length}\n`,
  );
  if (unreadable.length > 0) {
    process.stderr.write(`None of the given keys can decrypt these secrets:\n${unreadable.join('\n')}\n`);
    process.exitCode = 1;
  }
});
