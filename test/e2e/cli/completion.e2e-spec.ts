import { execFileSync } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Cli } from '../../support/cli.js';

describe('docmap-webhooks completion', () => {
  let cli: Cli;

  beforeAll(async () => {
    cli = await Cli.create();
  });

  afterAll(() => cli.remove());

  const script = async (shell: string) => (await cli.run(['completion', shell])).stdout;

  /** The proposals of bash for the last word. */
  async function proposals(...words: string[]): Promise<string[]> {
    const line = words.map((word) => `'${word}'`).join(' ');
    const run = `${await script('bash')}
COMP_WORDS=(docmap-webhooks ${line}); COMP_CWORD=${words.length}; _docmap_webhooks; printf '%s\\n' "\${COMPREPLY[@]}"`;
    return execFileSync('bash', ['-c', run], { encoding: 'utf8' }).split('\n').filter(Boolean);
  }

  it('proposes commands and options in bash', async () => {
    expect(await proposals('re')).toEqual(['resend', 'recover']);
    expect(await proposals('webhooks', 'ro')).toEqual(['rotate-secret']);
    expect(await proposals('webhooks', 'create', 'https://example.com', '--ev')).toEqual(['--events']);
    expect(await proposals('listen', '--f')).toEqual(['--forward-to', '--filter']);
    expect(await proposals('--json', 'tri')).toEqual(['trigger']);
  });

  it('makes scripts for zsh and fish', async () => {
    expect(await script('zsh')).toMatch(/^#compdef docmap-webhooks\n[^]*'--forward-to:the receiver/);
    expect(await script('fish')).toMatch(/^complete -c docmap-webhooks -n '.*' -f -a listen -d '/m);
    expect(await script('fish')).toMatch(
      /^complete .*__fish_seen_subcommand_from webhooks; and not .* -f -a rotate-secret/m,
    );
  });

  it('refuses another shell', async () => {
    expect(await cli.run(['completion', 'csh'])).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/bash, zsh, fish/),
    });
  });
});
