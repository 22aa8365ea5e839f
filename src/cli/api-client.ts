import { isObject } from '../common/is-object.js';
import { text } from '../translations/phrase.js';
import { ApiError, CliError } from './cli-error.js';

/** The time for an answer, in milliseconds: a recovery that counts millions of events takes seconds. */
const TIMEOUT_MS = 60_000;

/** Query parameters. Undefined ones are left out, and lists repeat the name. */
export type Query = Readonly<Record<string, string | number | readonly string[] | undefined>>;

/** A page of a list. */
export interface Page<Row> {
  data: Row[];
  hasMore?: boolean;
  nextCursor?: string | null;
}

/** Calls the API of a server. */
export class ApiClient {
  private readonly base: string;

  /**
   * @param url the address of the server, with the path under which an application serves the API
   * @param headers the headers of each request
   */
  constructor(
    readonly url: string,
    private readonly headers: Readonly<Record<string, string>>,
  ) {
    this.base = `${url.replace(/\/+$/, '')}/v1/`;
  }

  /** @throws CliError if the server does not respond, ApiError if it refuses the request */
  async get<Body>(path: string, query: Query = {}): Promise<Body> {
    return this.request<Body>('GET', path + searchOf(query));
  }

  /**
   * @param body an object, or the text of a JSON body
   * @throws CliError if the server does not respond, ApiError if it refuses the request
   */
  async send<Body>(method: 'POST' | 'PATCH' | 'DELETE', path: string, body?: object | string): Promise<Body> {
    return this.request<Body>(method, path, typeof body === 'string' ? body : body && JSON.stringify(body));
  }

  /**
   * Opens a stream of server-sent events.
   *
   * @returns the bytes, and the time of the server
   * @throws CliError if the server does not respond, ApiError if it refuses the request
   */
  async openStream(path: string, query: Query, lastEventId: string | undefined, signal: AbortSignal) {
    const resume: Record<string, string> = lastEventId === undefined ? {} : { 'last-event-id': lastEventId };
    const headers = { accept: 'text/event-stream', ...resume };
    const response = await this.fetch(path + searchOf(query), { headers, signal });
    const type = response.headers.get('content-type') ?? '';
    if (response.ok && type.startsWith('text/event-stream') && response.body) {
      const date = new Date(response.headers.get('date') ?? Number.NaN);
      return { body: response.body, date: Number.isNaN(date.getTime()) ? undefined : date.toISOString() };
    }
    const body = await this.bodyOf(response);
    if (response.ok) throw this.notOurs(response.status);
    throw this.refusal(response.status, body);
  }

  private async request<Body>(method: string, path: string, body?: string): Promise<Body> {
    const headers: Record<string, string> = body === undefined ? {} : { 'content-type': 'application/json' };
    const signal = AbortSignal.timeout(TIMEOUT_MS);
    const response = await this.fetch(path, { method, headers, signal, ...(body === undefined ? {} : { body }) });
    const answer = await this.bodyOf(response);
    if (!response.ok) throw this.refusal(response.status, answer);
    if (!isObject(answer)) throw this.notOurs(response.status);
    return answer as Body;
  }

  private async fetch(path: string, init: RequestInit): Promise<Response> {
    const headers = { ...init.headers, ...this.headers };
    try {
      // A redirect could lead to a host that must not see the key.
      return await fetch(this.base + path, { ...init, headers, redirect: 'manual' });
    } catch (error) {
      throw new CliError(text('{{url}} does not respond: {{reason}}', { url: this.url, reason: reasonOf(error) }), {
        cause: error,
      });
    }
  }

  private async bodyOf(response: Response): Promise<unknown> {
    try {
      return JSON.parse(await response.text());
    } catch {
      return undefined;
    }
  }

  private refusal(status: number, body: unknown): CliError {
    const { error } = isObject(body) ? (body as { error?: { code?: unknown; message?: unknown } | null }) : {};
    if (typeof error?.code !== 'string' || typeof error.message !== 'string') return this.notOurs(status);
    const { code, message } = error;
    if (status !== 401) return new ApiError(status, code, message);
    const hint = text(
      '{{message}}\n{{url}} does not know the key. Check DOCMAP_API_KEY, --key, or the stored key ("docmap-webhooks login").',
      { message, url: this.url },
    );
    return new ApiError(status, code, hint);
  }

  private notOurs(status: number): CliError {
    return new CliError(
      text(
        '{{url}} answered HTTP {{status}} without an answer of DocMap Webhooks. Check the address: DOCMAP_URL or --url.',
        { url: this.url, status },
      ),
    );
  }
}

function searchOf(query: Query): string {
  const search = new URLSearchParams(
    Object.entries(query).flatMap(([name, value]) =>
      value === undefined ? [] : [value].flat().map((each) => [name, String(each)] as [string, string]),
    ),
  );
  return search.size === 0 ? '' : `?${search.toString()}`;
}

/** The innermost cause: `fetch failed` alone tells nothing. */
function reasonOf(error: unknown): string {
  const { cause, message, code } = error as { cause?: unknown; message?: string; code?: string };
  if (cause !== undefined) return reasonOf(cause);
  return message || code || 'no connection';
}
