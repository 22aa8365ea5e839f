import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startApp, type TestApp } from '../support/app.js';

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

  it('is one page at /docs, whose scripts, styles and icons all load', async () => {
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

  it('is served as JSON and as YAML', async () => {
    const json = await fetch(`${service.url}/openapi.json`);
    expect([json.status, json.headers.get('content-type')]).toEqual([200, expect.stringContaining('application/json')]);
    const yaml = await fetch(`${service.url}/openapi.yaml`);
    expect([yaml.status, yaml.headers.get('content-type')]).toEqual([200, expect.stringContaining('yaml')]);
    expect(await yaml.text()).toMatch(/^openapi: 3\./);
  });
});
