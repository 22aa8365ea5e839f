import type { ApiClient } from '../../support/api-client.js';
import type { HostileReceiver } from './hostile-receiver.js';

/** The most time that an attempt may take beyond its deadline. */
export const MARGIN_MS = 500;

const KEPT_BODY_BYTES = 16_384;
/** Each byte of 16 KiB of headers may be a character of two. */
const KEPT_HEADER_BYTES = 32_768;
/** Headers that no request may have: cookies, credentials and headers for proxies. */
const UNASKED = /^(cookie|proxy-[a-z]+|authorization):/im;

/** Everything that is wrong about two deliveries of a user's event to a misbehaving receiver, one after the other. */
export async function judge(
  { api, userId }: { api: ApiClient; userId: string },
  receiver: HostileReceiver,
  deadlineMs: number,
): Promise<string[]> {
  const { expected } = receiver.misbehaviour;
  const { attempts = 2, error, httpStatus, pauseMs } = expected;
  const wrong: string[] = [];
  const must = (what: string, is: unknown, should: unknown): void => {
    if (is !== should) wrong.push(`${what} is ${JSON.stringify(is)}, not ${JSON.stringify(should)}`);
  };

  const { webhook } = await api.createWebhook(receiver.url);
  const query = `&webhookId=${webhook.id}`;
  await api.publish({ userId });
  const [first] = await api.log(1, query);
  if (attempts > 1) await api.post(`/v1/webhooks/deliveries/${String(first?.id)}/resend`);
  const records = await api.log(attempts, query);
  for (const { id } of records) {
    const { headers, body } = await api.get(`/v1/webhooks/deliveries/${String(id)}`);
    const { response, durationMs, ...record } = body.data;
    must('httpStatus', record.httpStatus, httpStatus);
    must('error', record.error, error);
    must('status', record.status, error === null ? 'success' : 'failed');
    must(`${durationMs} ms being in time`, durationMs <= deadlineMs + MARGIN_MS, true);
    must('a response', response !== null, httpStatus !== null);
    must('the content type', headers.get('content-type'), 'application/json; charset=utf-8');
    if (response) wrong.push(...wrongOf(response, expected));
  }

  must('a retry', first?.nextAttemptAt !== null, error !== null);
  if (pauseMs !== undefined) {
    const next = attempts === 1 ? first?.nextAttemptAt : records[0]?.createdAt;
    const pause = Date.parse(String(next)) - Date.parse(String(first?.createdAt));
    must(`a pause of ${pause} ms being long enough`, pause >= pauseMs, true);
  }
  const { active } = (await api.get(`/v1/webhooks/${webhook.id}`)).body.data;
  must('the webhook being active', active, httpStatus !== 410);
  await api.delete(`/v1/webhooks/${webhook.id}`);

  must('the unasked headers in requests', receiver.requests.filter((text) => UNASKED.test(text)).join(), '');
  return wrong;
}

interface Kept {
  headers: Record<string, string>;
  body: string;
  truncated: boolean;
}

function wrongOf(
  response: Kept,
  { body, bodyStart = '', headers = {}, truncated }: HostileReceiver['misbehaviour']['expected'],
): string[] {
  const wrong: string[] = [];
  const text = JSON.stringify(response.headers);
  if (Buffer.byteLength(response.body) > KEPT_BODY_BYTES) wrong.push('more of the body is kept than should be');
  if (Buffer.byteLength(text) > KEPT_HEADER_BYTES) wrong.push('more of the headers is kept than should be');
  if (/\0/.test(response.body + text)) wrong.push('NUL is kept');
  if (!Buffer.from(response.body).toString().startsWith(response.body)) wrong.push('the kept body is no text');
  if (body !== undefined && response.body !== body) wrong.push(`the body is ${JSON.stringify(response.body)}`);
  if (truncated !== undefined && response.truncated !== truncated) wrong.push(`truncated is ${response.truncated}`);
  if (!response.body.startsWith(bodyStart)) wrong.push(`the body begins ${JSON.stringify(response.body.slice(0, 20))}`);
  for (const [name, value] of Object.entries(headers)) {
    if (!Object.hasOwn(response.headers, name) || response.headers[name] !== value) wrong.push(`${name} is missing`);
  }
  return wrong;
}
