import { signWebhook } from 'docmap-webhooks/verify';

/** Sends a receiver a valid request, one with a changed body, and an old one. Expect the statuses 204, 401 and 401. */
export async function statusesOf(url: string, secret: string): Promise<number[]> {
  const event = { type: 'extraction.completed', data: { id: 'extract-1' } };
  const valid = signWebhook(event, secret);
  const requests = [
    valid,
    { ...valid, body: `${valid.body} ` },
    signWebhook(event, secret, { timestamp: new Date(Date.now() - 600_000) }),
  ];
  const responses = await Promise.all(requests.map((request) => fetch(url, { method: 'POST', ...request })));
  return responses.map(({ status }) => status);
}
