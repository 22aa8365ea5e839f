import { Pool, type Dispatcher } from 'undici';

/** The maximum number of concurrent calls. */
const MOST_CONNECTIONS = 256;

/**
 * Calls one server over kept connections, with undici's `dispatch`. This is its cheapest way, without streams and promises
 * of its own. The client shares the processor with the measured processes.
 */
export class HttpClient {
  private readonly pool: Pool;

  constructor(
    url: string,
    readonly headers: Readonly<Record<string, string>> = {},
  ) {
    this.pool = new Pool(url, { connections: MOST_CONNECTIONS, pipelining: 1 });
  }

  get(path: string): Promise<string> {
    return this.call({ method: 'GET', path, headers: this.headers }, (status) => status === 200);
  }

  /** Posts JSON and reads the whole response, which must be a 202. */
  post(path: string, body: string): Promise<string> {
    const headers = { ...this.headers, 'content-type': 'application/json' };
    return this.call({ method: 'POST', path, headers, body }, (status) => status === 202);
  }

  /** Sends a request to another server and reads the whole response, which must have a status from 200 to 299. */
  send(options: Dispatcher.DispatchOptions): Promise<string> {
    return this.call(options, (status) => status >= 200 && status <= 299);
  }

  close(): Promise<void> {
    return this.pool.destroy();
  }

  private call(options: Dispatcher.DispatchOptions, isExpected: (status: number) => boolean): Promise<string> {
    return new Promise((resolve, reject) => {
      let status = 0;
      const chunks: Buffer[] = [];
      this.pool.dispatch(options, {
        onRequestStart: () => undefined,
        onResponseStart: (_controller, statusCode) => void (status = statusCode),
        onResponseData: (_controller, chunk) => void chunks.push(chunk),
        onResponseEnd: () => {
          const text = Buffer.concat(chunks).toString();
          if (isExpected(status)) resolve(text);
          else reject(new Error(`${options.method} ${options.path} answered ${status}: ${text}`));
        },
        onResponseError: (_controller, error) => reject(error),
      });
    });
  }
}
