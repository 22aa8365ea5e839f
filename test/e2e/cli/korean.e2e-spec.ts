import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startApp, type TestApp } from '../../support/app.js';
import { BOOTSTRAP_KEY } from '../../support/bootstrap-key.js';
import { Cli } from '../../support/cli.js';

const COMMANDS = ['login', 'listen', 'trigger', 'verify', 'play', 'webhooks', 'deliveries', 'resend', 'recover'];

describe('The command line with LANG=ko_KR.UTF-8', () => {
  let app: TestApp;
  let cli: Cli;

  beforeAll(async () => {
    [app, cli] = [await startApp(), await Cli.create()];
  });

  afterAll(async () => {
    await app.close();
    await cli.remove();
  });

  const run = (...args: string[]) =>
    cli.run(args, { env: { DOCMAP_URL: app.url, DOCMAP_API_KEY: BOOTSTRAP_KEY, LANG: 'ko_KR.UTF-8' } });

  it('shows help in Korean', async () => {
    const { code, stdout } = await run('--help');
    expect(code).toBe(0);
    expect(stdout).toMatch(/^사용법: docmap-webhooks \[옵션\] \[명령\]\n\nDocMap의 웹훅을 .*다\.\n\n옵션:\n/);
    expect(stdout).toMatch(/^ {2}-V, --version +버전 표시$/m);
    expect(stdout).toMatch(/^명령:\n {2}login \[옵션\] +서버와 키를 입력받아 저장$/m);
    expect((await run('deliveries', '--help')).stdout).toMatch(/ {2}--limit <number> +.*\(기본값: 20\)$/m);
    for (const args of [[], ...COMMANDS.map((name) => [name]), ['webhooks', 'create']]) {
      const help = (await run(...args, '--help')).stdout;
      // Each line with a description has one in Korean.
      const english = help.split('\n').filter((line) => /\S {2,}\S/.test(line) && !/[가-힣]/.test(line));
      expect(english).toEqual([]);
    }
  });

  it.each([
    [['listen', '--nothing'], "오류: 알 수 없는 옵션입니다: '--nothing'\n"],
    [['listen', '--event'], "오류: 알 수 없는 옵션입니다: '--event'\n(찾는 이름이 --events입니까?)\n"],
    [['nothing'], "오류: 알 수 없는 명령입니다: 'nothing'\n"],
    [['trigger'], "오류: 필수 인수가 없습니다: 'event-type'\n"],
    [['trigger', 'a', 'b'], '오류: 인수가 너무 많습니다. 1개가 필요하지만 2개를 받았습니다.\n'],
    [['listen', '--events'], "오류: 옵션의 값이 없습니다: '--events <names>'\n"],
    [['recover', 'a'], "오류: 필수 옵션이 없습니다: '--since <time>'\n"],
    [['completion', 'csh'], "오류: 인수 'shell'에 쓸 수 없는 값입니다: 'csh'. 사용할 수 있는 값: bash, zsh, fish.\n"],
    [['deliveries', '--limit', '0'], '--limit: 1부터 1000까지의 정수여야 합니다. 받은 값: 0\n'],
  ])('refuses %j in Korean', async (args, expected) => {
    expect(await run(...args)).toMatchObject({ code: 2, stderr: expected });
  });

  it('shows errors of the server in Korean, and JSON as in English', async () => {
    const shown = await run('webhooks', 'show', 'webhook-1');
    expect(shown.stderr).toMatch(/ID.*웹훅이 없습니다/);
    const json = await run('webhooks', 'show', 'webhook-1', '--json');
    expect(JSON.parse(json.stderr)).toMatchObject({
      error: { code: 'NOT_FOUND', message: expect.stringMatching(/^There is no webhook with this id\./) },
    });
    const usage = await run('deliveries', '--limit', '0', '--json');
    expect(JSON.parse(usage.stderr)).toMatchObject({
      error: { code: 'USAGE', message: '--limit must be a whole number from 1 to 1000, not 0' },
    });
    const verdict = await run(
      'verify',
      '--secret',
      '0'.repeat(64),
      '--header',
      'a: b',
      '--body',
      '/dev/null',
      '--json',
    );
    expect(verdict.stdout).toMatch(/"text":"The request needs exactly one header webhook-id"/);
  });
});
