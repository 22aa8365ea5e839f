import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { get, type IncomingMessage } from 'node:http';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { linksOf, sectionsOf } from '../../scripts/markdown-page.js';
import { startApp, type TestApp } from '../support/app.js';
import { Receiver } from '../support/receiver.js';
import { exampleBody, exampleQuery, openSwaggerUi, type DocumentedOperation } from '../support/swagger-ui.js';

/** The links of a page to this server. */
const localLinks = (path: string, page: string): URL[] =>
  linksOf(page)
    .map(({ target }) => new URL(target, `http://server${path}`))
    .filter(({ host }) => host === 'server');

type SwaggerUi = Awaited<ReturnType<typeof openSwaggerUi>>;

describe('The documentation of the API', () => {
  let service: TestApp;
  const routes: string[] = [];

  beforeAll(async () => {
    service = await startApp({
      prepare: (app) =>
        app
          .getHttpAdapter()
          .getInstance()
          .addHook('onRoute', ({ config, method, url }) => {
            if (config?.own && method !== 'HEAD') routes.push(`${String(method)} ${url.replaceAll(/:(\w+)/g, '{$1}')}`);
          }),
    });
  });

  afterAll(async () => {
    await service.close();
  });

  it('hides no route of the application', async () => {
    const { paths } = (await (await fetch(`${service.url}/openapi.json`)).json()) as { paths: Record<string, object> };
    const documented = Object.entries(paths).flatMap(([path, operations]) =>
      Object.keys(operations).map((method) => `${method.toUpperCase()} ${path}`),
    );
    expect(routes.length).toBeGreaterThan(20);
    expect(documented.sort()).toEqual(routes.sort());
  });

  it('is one page at /docs whose scripts, styles and icons load', async () => {
    const page = await fetch(`${service.url}/docs`);
    expect([page.status, page.headers.get('content-type')]).toEqual([200, expect.stringContaining('text/html')]);
    const html = await page.text();
    expect(html).toContain('<title>DocMap Webhooks API</title>');
    const assets = [...html.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, path = '']) => path);
    expect(assets.filter((path) => path.endsWith('.js')).length).toBeGreaterThan(1);
    expect(assets.filter((path) => path.endsWith('.css')).length).toBeGreaterThan(0);
    for (const path of assets) {
      const asset = await fetch(new URL(path, `${service.url}/docs`));
      expect([path, asset.status]).toEqual([path, 200]);
      expect((await asset.arrayBuffer()).byteLength).toBeGreaterThan(0);
    }
  });

  it('loads nothing from other hosts', async () => {
    const html = await (await fetch(`${service.url}/docs`)).text();
    expect(html).not.toMatch(/(?:src|href)="(?:https?:)?\/\//);
  });

  it('links to operations, guides and the document, and has no broken link', async () => {
    const { deepLinking, spec } = await openSwaggerUi(service.url);
    expect(deepLinking).toBe(true);
    const links = [...JSON.stringify(spec).matchAll(/\]\((\/[^)]+)\)/g)].map(([, path]) => String(path));
    expect(links).toEqual(
      expect.arrayContaining(['/openapi.json', '/docs/receiving-webhooks.md', '/docs/operating.md']),
    );
    for (const path of new Set(links)) {
      const answer = await fetch(`${service.url}${path}`);
      expect([path, answer.status]).toEqual([path, 200]);
    }
  });

  async function read(path: string): Promise<string> {
    const answer = await fetch(service.url + path);
    expect([path, answer.status, answer.headers.get('content-type')]).toEqual([path, 200, 'text/plain; charset=utf-8']);
    return answer.text();
  }

  it('has guides with all their pages in both languages, and no broken link in them', async () => {
    const pages = new Map<string, string>();
    const broken: string[] = [];
    const queue = ['/docs/receiving-webhooks.md', '/docs/owning-webhooks.md', '/docs/operating.md'];
    for (let path = queue.pop(); path !== undefined; path = queue.pop()) {
      if (pages.has(path)) continue;
      pages.set(path, await read(path));
      queue.push(...localLinks(path, pages.get(path) ?? '').map(({ pathname }) => pathname));
    }
    for (const [path, page] of pages) {
      for (const { pathname, hash } of localLinks(path, page)) {
        const anchors = sectionsOf(pages.get(pathname) ?? '').map(({ anchor }) => `#${anchor}`);
        if (hash !== '' && !anchors.includes(decodeURIComponent(hash))) broken.push(`${path}: ${pathname}${hash}`);
      }
    }
    expect(broken).toEqual([]);
    const files = readdirSync('docs', { encoding: 'utf8', recursive: true }).filter((file) =>
      /^(receivers|ko)\b.*\.md$/.test(file),
    );
    expect(files.filter((file) => !pages.has(`/docs/${file}`) && file !== 'ko/glossary.md')).toEqual([]);
    expect(pages.get('/docs/receiving-webhooks.md')).toBe(readFileSync('docs/receiving-webhooks.md', 'utf8'));
    expect(pages.get('/docs/operating.md')).toContain('The README (`README.md`) lists');
  });

  it.each([
    '/docs/../package.json',
    '/docs/receivers/../../package.json',
    '/docs/receivers/..%2f..%2fpackage.json',
    '/docs/%2e%2e/package.json',
    '/docs/..%5cpackage.json',
    '/docs/architecture.md',
    '/docs/receivers/',
  ])('serves no other file: %s', async (path) => {
    // Unlike fetch, it sends the path as it is.
    const request = get({ port: new URL(service.url).port, path });
    const [answer] = (await once(request, 'response')) as [IncomingMessage];
    expect(await text(answer)).toMatch(/^\{"error":\{"code":"(NOT_FOUND|FORBIDDEN)"/);
  });

  it.each(['GET', 'HEAD'])('is the target of the redirect from the root: %s', async (method) => {
    for (const path of ['/', '/?from=mail']) {
      const { status, headers } = await fetch(`${service.url}${path}`, { method, redirect: 'manual' });
      expect([status, headers.get('location')]).toEqual([302, '/docs']);
    }
    for (const [other, path] of [
      ['POST', '/'],
      ['GET', '/nope'],
      ['GET', '//'],
    ] as const) {
      const answer = await service.api.request(other, path);
      expect([path, answer.status, answer.body.error?.code]).toEqual([path, 404, 'NOT_FOUND']);
    }
  });

  it('leaves the root to a host application that has a page there', async () => {
    const host = await startApp({
      prepare: (app) =>
        app
          .getHttpAdapter()
          .getInstance()
          .get('/', (_request, reply) => reply.send('home')),
    });
    const answer = await fetch(`${host.url}/`, { redirect: 'manual' });
    expect([answer.status, await answer.text()]).toEqual([200, 'home']);
    await host.close();
  });

  describe('The proposals of a page', () => {
    let ui: SwaggerUi;
    let webhookId: string;
    let receiver: Receiver;

    beforeAll(async () => {
      ui = await openSwaggerUi(service.url);
      receiver = await Receiver.start();
      webhookId = (await service.api.createWebhook(receiver.url)).webhook.id;
    });

    afterAll(async () => {
      await receiver.close();
    });

    function proposed(method: string, path: string): DocumentedOperation {
      const operation = ui.spec.paths[path]?.[method];
      if (!operation) throw new Error(`Swagger UI does not show ${method} ${path}`);
      return operation;
    }

    it('queries without a filter', () => {
      const queries = Object.values(ui.spec.paths).flatMap((byMethod) => Object.values(byMethod).map(exampleQuery));
      expect(queries.filter((query) => query !== '').sort()).toEqual([
        'active=true',
        'limit=50',
        'limit=50',
        'limit=50',
      ]);
    });

    it('a change that leaves URL, events and state as they are', async () => {
      const path = `/v1/webhooks/${webhookId}`;
      const { body: before } = await service.api.get(path);
      const { status, body } = await service.api.patch(path, exampleBody(proposed('patch', '/v1/webhooks/{id}')));
      expect(status).toBe(200);
      const { url, events, active } = before.data;
      expect(body.data).toMatchObject({ url, events, active });
    });

    it.each([
      ['/v1/events', (data: { deliveries: number }) => [data]],
      ['/v1/events/batch', (data: { deliveries: number }[]) => data],
    ])('events that the webhooks of the first key get: %s', async (path, listOf) => {
      const { status, body } = await service.api.post(path, exampleBody(proposed('post', path)));
      expect(status).toBe(202);
      expect(listOf(body.data).map(({ deliveries }) => deliveries > 0)).not.toContain(false);
    });

    it.each([
      '/v1/webhooks',
      '/v1/webhooks/{id}/rotate-secret',
      '/v1/webhooks/{id}/recover',
      '/v1/webhooks/{id}/backlog/cancel',
      '/v1/api-keys',
    ])('a body that is accepted: %s', async (path) => {
      const { status } = await service.api.post(path.replace('{id}', webhookId), exampleBody(proposed('post', path)));
      expect(status).toBeLessThan(300);
    });
  });

  it('is served as JSON and as YAML', async () => {
    const json = await fetch(`${service.url}/openapi.json`);
    expect([json.status, json.headers.get('content-type')]).toEqual([200, expect.stringContaining('application/json')]);
    const yaml = await fetch(`${service.url}/openapi.yaml`);
    expect([yaml.status, yaml.headers.get('content-type')]).toEqual([200, expect.stringContaining('yaml')]);
    expect(await yaml.text()).toMatch(/^openapi: 3\./);
  });
});
