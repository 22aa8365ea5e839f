import 'reflect-metadata';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { RequestMethod, type Type } from '@nestjs/common';
import { METHOD_METADATA, PATH_METADATA } from '@nestjs/common/constants.js';
import { ModulesContainer } from '@nestjs/core';
import { startApp, type TestApp } from '../support/app.js';

describe('The documentation of the API', () => {
  let service: TestApp;

  beforeAll(async () => {
    service = await startApp();
  });

  afterAll(async () => {
    await service.close();
  });

  it('hides no route of the application', async () => {
    const { paths } = (await (await fetch(`${service.url}/openapi.json`)).json()) as { paths: Record<string, object> };
    const documented = Object.entries(paths).flatMap(([path, operations]) =>
      Object.keys(operations).map((method) => `${method.toUpperCase()} ${path}`),
    );
    const controllers = [...service.app.get(ModulesContainer).values()].flatMap((module) =>
      [...module.controllers.values()].map(({ metatype }) => metatype as Type<object>),
    );
    expect(documented.sort()).toEqual(controllers.flatMap(routesOf).sort());
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

/** What a controller's decorators say, such as `GET /v1/webhooks/{id}`. */
function routesOf(controller: Type<object>): string[] {
  const prefix = String(Reflect.getMetadata(PATH_METADATA, controller));
  const prototype = controller.prototype as Record<string, object>;
  return Object.getOwnPropertyNames(prototype).flatMap((name) => {
    const handler = prototype[name] ?? {};
    const method: unknown = Reflect.getMetadata(METHOD_METADATA, handler);
    if (typeof method !== 'number') return [];
    const path = `/${prefix}/${String(Reflect.getMetadata(PATH_METADATA, handler))}`.replaceAll(/\/+/g, '/');
    return [`${RequestMethod[method]} ${path.replace(/\/$/, '').replaceAll(/:(\w+)/g, '{$1}')}`];
  });
}
