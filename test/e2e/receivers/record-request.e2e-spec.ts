import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import express from 'express';
import { record } from '../../../docs/examples/record-request.js';
import { signWebhook } from '../../../src/verify/index.js';
import { Cli } from '../../support/cli.js';
import { SECRET } from './support/cases.js';

describe('The documented record of a request', () => {
  let cli: Cli;
  const folder = process.cwd();

  beforeAll(async () => {
    cli = await Cli.create();
    process.chdir(cli.configFolder);
  });

  afterAll(async () => {
    process.chdir(folder);
    await cli.remove();
  });

  it.each([
    ['express.raw', express.raw({ type: 'application/json', verify: record })],
    ['express.json', express.json({ verify: record })],
  ])('is verified after %s', async (_name, parser) => {
    const server = createServer(express().use(parser)).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    await fetch(url, {
      method: 'POST',
      ...signWebhook({ type: 'extraction.completed', data: { title: '청구서' } }, SECRET),
    });
    server.closeAllConnections();
    server.close();
    const verified = await cli.run(['verify', '--secret', SECRET, join(cli.configFolder, 'request.http')]);
    expect(verified).toMatchObject({ code: 0, stdout: expect.stringMatching(/The request is valid\.\n$/) });
  });
});
