import { execFileSync, spawnSync } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Cli } from '../../support/cli.js';
import { describeWith } from '../receivers/support/languages.js';

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

  describeWith('zsh')('in zsh', () => {
    it('loads, and completes a command of a command', async () => {
      const file = join(cli.configFolder, 'completion.zsh');
      await writeFile(file, await script('zsh'));
      // zpty types into a second zsh. The echo of the command itself has no word READY.
      const driver = `zmodload zsh/zpty
zpty shell 'zsh -f -i 2>&1'
zpty -w shell 'PS1=; autoload -U compinit && compinit -u -D && source ${file} && echo READ""Y'
zpty -r shell output '*READY*'; print -r -- "$output"
zpty -w -n shell $'docmap-webhooks webhooks ro\\t'
zpty -r shell output '*rotate-secret*'; print -r -- "$output"
zpty -d shell`;
      const output = execFileSync('zsh', ['-f', '-c', driver], { encoding: 'utf8', timeout: 20_000 });
      expect(output).toMatch(/rotate-secret/);
      expect(output).not.toMatch(/not found|error|bad /);
    });
  });

  describeWith('fish')('in fish', () => {
    const completed = async (line: string) => {
      const file = join(cli.configFolder, 'completion.fish');
      await writeFile(file, await script('fish'));
      const { stdout, stderr } = spawnSync('fish', ['--no-config', '-c', `source ${file}; complete -C '${line}'`], {
        encoding: 'utf8',
      });
      expect(stderr).toBe('');
      return stdout
        .split('\n')
        .filter(Boolean)
        .map((each) => each.split('\t', 1)[0]);
    };

    it('loads, and completes commands and options', async () => {
      expect(await completed('docmap-webhooks re')).toEqual(['recover', 'resend']);
      expect(await completed('docmap-webhooks webhooks ro')).toEqual(['rotate-secret']);
      expect(await completed('docmap-webhooks webhooks create x --ev')).toEqual(['--events']);
    });
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
