import { connect } from 'node:net';

export interface RawAnswer {
  status: number;
  headers: Record<string, string>;
  body: string;
  /** The statuses of the interim answers (1xx) before it. */
  interim: number[];
}

/** Sends bytes unchanged and reads the first final answer, even to a request that never ends. */
export async function answerTo(url: string, bytes: string): Promise<RawAnswer> {
  const hasBody = !bytes.startsWith('HEAD ');
  const socket = connect(Number(new URL(url).port), '127.0.0.1');
  let received = '';
  try {
    return await new Promise<RawAnswer>((resolve, reject) => {
      socket.setEncoding('latin1');
      socket.on('error', reject);
      socket.on('close', () => reject(new Error(`The connection ended after ${JSON.stringify(received)}`)));
      socket.on('data', (text) => {
        received += text;
        const answer = parsed(received, hasBody);
        if (answer) resolve(answer);
      });
      socket.write(bytes);
    });
  } finally {
    socket.destroy();
  }
}

/** The head of a POST request, and a first part of its body. */
export function postOf(path: string, headers: Record<string, string>, body = ''): string {
  const lines = Object.entries({ host: 'x', ...headers }).map(([name, value]) => `${name}: ${value}`);
  return `POST ${path} HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n${body}`;
}

/** The first final answer, after all of it has arrived. */
function parsed(received: string, hasBody: boolean, interim: number[] = []): RawAnswer | undefined {
  const end = received.indexOf('\r\n\r\n');
  if (end < 0) return undefined;
  const [first = '', ...lines] = received.slice(0, end).split('\r\n');
  const status = Number(/^HTTP\/1\.1 (\d{3})/.exec(first)?.[1]);
  const rest = received.slice(end + 4);
  if (status < 200) return parsed(rest, hasBody, [...interim, status]);
  const headers = Object.fromEntries(
    lines.map((line) => [line.slice(0, line.indexOf(':')).toLowerCase(), line.slice(line.indexOf(':') + 2)]),
  );
  const length = hasBody ? Number(headers['content-length'] ?? 0) : 0;
  if (rest.length < length) return undefined;
  const body = Buffer.from(rest.slice(0, length), 'latin1').toString();
  return { status, headers, body, interim };
}
