import { Child } from './child.js';
import { HttpClient } from './http-client.js';

/** The reference for accepting: the service's Fastify in a process of its own, which answers with an empty 202. */
export class EmptyFastify {
  readonly client: HttpClient;

  private constructor(
    private readonly child: Child<{ url?: string }>,
    url: string,
  ) {
    this.client = new HttpClient(url, {});
  }

  static async start(): Promise<EmptyFastify> {
    const child = new Child<{ url?: string }>('empty-fastify-process.ts');
    const { url } = await child.next('url');
    return new EmptyFastify(child, url);
  }

  async kill(): Promise<void> {
    await this.client.close();
    this.child.kill();
  }
}
