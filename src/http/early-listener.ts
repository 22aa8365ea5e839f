import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AppConfig } from '../config/app-config.js';
import { API_HEADERS } from '../common/security-headers.js';
import { acceptedLanguage } from '../translations/accepted-language.js';
import { inLanguage } from '../translations/in-language.js';
import { text } from '../translations/phrase.js';

const STARTING = text('The service is starting.');

/** The service can't listen on its address. The message names the variable and a remedy. */
export class AddressError extends Error {
  override readonly name = 'AddressError';

  constructor(reason: string, cause?: unknown) {
    super(reason, { cause });
  }
}

/**
 * Listens on the address of the service during the start and responds 503. A start whose address is unavailable therefore
 * fails before it creates a database, a key or an attempt.
 */
export class EarlyListener {
  private constructor(private readonly server: Server) {}

  /** @throws AddressError */
  static async open({ host, port }: Pick<AppConfig, 'host' | 'port'>): Promise<EarlyListener> {
    const server = createServer(({ headers }, response) => {
      const language = acceptedLanguage(headers['accept-language']);
      const message = inLanguage(STARTING, language);
      response.writeHead(503, {
        ...API_HEADERS,
        ...(language === 'ko' ? { 'content-language': 'ko' } : {}),
        vary: 'Accept-Language',
        'content-type': 'application/json',
        'retry-after': '1',
        connection: 'close',
      });
      response.end(JSON.stringify({ error: { code: 'SERVICE_UNAVAILABLE', message } }));
    });
    server.listen(port, host);
    await once(server, 'listening').catch((error: unknown) => {
      throw addressError(error, host, port);
    });
    return new EarlyListener(server);
  }

  /** Frees the address. The service listens on it immediately afterwards. */
  async close(): Promise<void> {
    const closed = once(this.server, 'close');
    this.server.close();
    this.server.closeAllConnections();
    await closed;
  }
}

/** Explains an error of listening. Returns any other error unchanged. */
export function addressError(error: unknown, host: string, port: number): unknown {
  const { code, syscall } = error as NodeJS.ErrnoException;
  if (syscall !== 'listen' && syscall !== 'getaddrinfo') return error;
  const reason =
    REASONS[code ?? '']?.(host, port) ?? `HOST=${host} can't be used (${code}): set it to an address of this machine.`;
  return new AddressError(reason, error);
}

const notOurs = (host: string): string =>
  `HOST=${host} is not an address of this machine: set it to one that is, or to 0.0.0.0 for all addresses.`;

const REASONS: Record<string, (host: string, port: number) => string> = {
  EADDRINUSE: (host, port) =>
    `PORT=${port} is in use on ${host} by another program: stop that program, or set PORT to another port.`,
  EACCES: (_host, port) =>
    `This user may not use PORT=${port}${port < 1_024 ? ', because ports below 1024 need a privilege' : ''}: ` +
    'set PORT to another port, such as 3000.',
  EADDRNOTAVAIL: notOurs,
  ENOTFOUND: notOurs,
  EAI_AGAIN: notOurs,
};
