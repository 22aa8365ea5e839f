import { STATUS_CODES } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { ApiClient } from '../test/support/api-client.js';
import { dim, say, showJson, Unexpected } from './print.js';

const PATIENCE_MS = 15_000;

/** The part of a response that the demo reads. */
export interface Answer<Data> {
  status: number;
  body: { data: Data };
}

/** Calls the API and prints each call as the `curl` command it is, with its answer. */
export class Api {
  private readonly client: ApiClient;

  constructor(
    private readonly url: string,
    key: string,
  ) {
    this.client = new ApiClient(url, key);
  }

  async post<Data>(path: string, body?: object): Promise<Answer<Data>> {
    return this.told('POST', path, this.linesOf('POST', path, body), body);
  }

  async patch<Data>(path: string, body: object): Promise<Answer<Data>> {
    return this.told('PATCH', path, this.linesOf('PATCH', path, body), body);
  }

  async get<Data>(path: string): Promise<Answer<Data>> {
    return this.told('GET', path, [`curl "${this.url}${path}"`, '  -H "Authorization: Bearer $KEY"']);
  }

  /** Calls the API without printing. */
  ask<Data>(method: string, path: string, body?: object): Promise<Answer<Data>> {
    return this.client.request<{ data: Data }>(method, path, body ? { body } : {});
  }

  /** Repeats the call until the data is as expected: an attempt is in the log a moment after the receiver has it. */
  async until<Data>(path: string, what: string, wanted: (data: Data) => boolean): Promise<Data> {
    const end = Date.now() + PATIENCE_MS;
    for (;;) {
      const { data } = (await this.ask<Data>('GET', path)).body;
      if (wanted(data)) return data;
      if (Date.now() > end) throw new Unexpected(`GET ${path}`, what, data);
      await delay(25);
    }
  }

  private linesOf(method: string, path: string, body: object | undefined): string[] {
    const lines = [`curl -X ${method} ${this.url}${path}`, '  -H "Authorization: Bearer $KEY"'];
    if (body) lines.push('  -H "Content-Type: application/json"', `  -d '${JSON.stringify(body)}'`);
    return lines;
  }

  private async told<Data>(method: string, path: string, lines: string[], body?: object): Promise<Answer<Data>> {
    say(dim('$ ') + lines.join(' \\\n  '));
    const answer = await this.ask<Data>(method, path, body);
    say(`${dim('→')} ${answer.status} ${STATUS_CODES[answer.status]}`);
    showJson(answer.body);
    return answer;
  }
}
