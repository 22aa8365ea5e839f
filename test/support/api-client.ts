export interface ApiResponse<Body> {
  status: number;
  headers: Headers;
  body: Body;
}

/** Calls the API over HTTP with one key. */
export class ApiClient {
  constructor(
    readonly url: string,
    readonly key: string,
  ) {}

  // Tests assert the form of an answer. A declaration of it here would assert nothing.
  // oxlint-disable-next-line typescript/no-explicit-any
  async request<Body = any>(
    method: string,
    path: string,
    { body, headers = {} }: { body?: unknown; headers?: Record<string, string> } = {},
  ): Promise<ApiResponse<Body>> {
    const response = await fetch(`${this.url}${path}`, {
      method,
      headers: {
        authorization: `Bearer ${this.key}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    const text = await response.text();
    const isJson = response.headers.get('content-type')?.includes('json') ?? false;
    return { status: response.status, headers: response.headers, body: (isJson ? JSON.parse(text) : text) as Body };
  }

  get(path: string) {
    return this.request('GET', path);
  }

  post(path: string, body?: unknown, headers?: Record<string, string>) {
    return this.request('POST', path, { body, ...(headers ? { headers } : {}) });
  }

  patch(path: string, body: unknown) {
    return this.request('PATCH', path, { body });
  }

  delete(path: string) {
    return this.request('DELETE', path);
  }

  /** Registers a webhook for both events. */
  async createWebhook(url: string, events = ['extraction.completed', 'extraction.failed']) {
    const { status, body } = await this.post('/v1/webhooks', { url, events });
    if (status !== 200) throw new Error(`The webhook was not created: ${JSON.stringify(body)}`);
    return body.data as { secret: string; webhook: { id: string; userId: string; url: string } };
  }

  /** Publishes an event. */
  async publish(event: Record<string, unknown> = {}, headers?: Record<string, string>) {
    const { status, body } = await this.post(
      '/v1/events',
      { event: 'extraction.completed', userId: 'uid_local', extractionId: 'extract-xyz789', data: {}, ...event },
      headers,
    );
    if (status !== 202) throw new Error(`The event was not accepted: ${JSON.stringify(body)}`);
    return body.data as { id: string; deliveries: number };
  }

  /** The log, after it has at least `count` records. */
  async log(count: number, query = '') {
    return eventually(async () => {
      const { body } = await this.get(`/v1/webhooks/deliveries?limit=100${query}`);
      return body.data.length >= count ? (body.data as Record<string, unknown>[]) : undefined;
    }, `${count} records in the log`);
  }
}

/** Repeats a query every few milliseconds until it has an answer. For states without a signal. */
export async function eventually<Value>(
  ask: () => Promise<Value | undefined>,
  what: string,
  timeoutMs = 40_000,
  intervalMs = 10,
): Promise<Value> {
  const end = Date.now() + timeoutMs;
  for (;;) {
    const value = await ask();
    if (value !== undefined) return value;
    if (Date.now() > end) throw new Error(`Waited ${timeoutMs} ms for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, intervalMs));
  }
}
