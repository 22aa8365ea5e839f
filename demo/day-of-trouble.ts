import type { Api } from './api.js';
import { bold, check, say, showJson, showPairs, showTable, step } from './print.js';
import { Receiver } from './receiver.js';
import { USER, type CreatedWebhook } from './scene.js';
import { startService } from './story.js';

/** The records of the log that a step shows. */
const SHOWN_RECORDS = 6;
/** The pause that the overloaded receiver asks for, in seconds. */
const PAUSE_SECONDS = 3;

/** The part of a record of the log that the steps show. */
interface LogRecord {
  event: string;
  extractionId: string;
  attempt: number;
  trigger: string;
  status: string;
  error: string | null;
  nextAttemptAt: string | null;
}

interface Stats {
  attempts: number;
  succeeded: number;
  successRate: number | null;
  durationMs: { p95: number | null };
  backlog: { pending: number };
}

interface Operational {
  type: string;
  data: { webhookId: string; reason?: string; error?: string };
}

/** The state that the steps of the day share. */
interface Day {
  api: Api;
  /** The receiver of the shop, which breaks. */
  shop: Receiver;
  /** The receiver of operational events. */
  operators: Receiver;
  webhookId: string;
  /** The path of the webhook. */
  path: string;
  began: string;
  published: string[];
}

/** Tells one day with a broken receiver, and throws at the first unexpected result. */
export async function tellDayOfTrouble(directory: string): Promise<void> {
  console.log(bold('DocMap Webhooks: a day on which a receiver breaks, and nothing is lost'));
  const { api, server } = await startService(directory, { RETRY_SCHEDULE: '0s,1s' });
  const day = await begin(api);
  await fail(day);
  await throttle(day);
  await disable(day);
  await repair(day);
  await recover(day);
  step('Stop the service');
  check('it exits with 0', await server.stop(), 0);
  await Promise.all([day.shop.stop(), day.operators.stop()]);
  say('\nFurther reading:');
  showPairs({
    'docs/owning-webhooks.md': 'each situation of this day, with its requests',
    'docs/architecture.md': 'the states of a webhook',
    'demo/day-of-trouble.ts': 'the code of this demo',
  });
}

async function begin(api: Api): Promise<Day> {
  step('Create a webhook, and a second one that tells the owner about the first');
  const [shop, operators] = [await Receiver.start(), await Receiver.start()];
  const began = new Date().toISOString();
  const created = await api.post<CreatedWebhook>('/v1/webhooks', { url: shop.url, events: ['extraction.completed'] });
  check('the answer is 200', created.status, 200);
  const monitor = { url: operators.url, events: ['webhook.*', 'delivery.exhausted'] };
  check('the second one gets operational events', (await api.post('/v1/webhooks', monitor)).status, 200);
  const webhookId = created.body.data.webhook.id;
  const day = { api, shop, operators, webhookId, path: `/v1/webhooks/${webhookId}`, began, published: [] };
  await publish(day, 2);
  await Promise.all([shop.next(), shop.next()]);
  await show(day, 2);
  return day;
}

async function fail(day: Day): Promise<void> {
  step('The receiver breaks: it answers 500');
  day.shop.manner = 500;
  await publish(day, 3);
  const failing = await operational(day, 'webhook.failing');
  showJson(failing);
  check('the owner is told at the third failed delivery', failing.data.error, 'HTTP 500');
  check('about this webhook', failing.data.webhookId, day.webhookId);
  say('Each delivery has two attempts here (RETRY_SCHEDULE). A second later …');
  for (let number = 1; number <= 3; number += 1) await operational(day, 'delivery.exhausted');
  say('… the owner is told three times that a delivery has no attempt left.');
  const { successRate } = await show(day, 8);
  check('two of eight attempts succeeded', successRate, 0.25);
}

async function throttle(day: Day): Promise<void> {
  step(`The receiver is overloaded: it answers 503 with Retry-After: ${PAUSE_SECONDS}`);
  const { api, shop, path } = day;
  Object.assign(shop, { manner: 503, headers: { 'retry-after': String(PAUSE_SECONDS) } });
  await publish(day, 1);
  await shop.until(({ manner }) => manner === 503);
  await show(day, 9);
  await publish(day, 1);
  const waiting = await api.get<{ extractionId: string; waitsFor: string }[]>(`${path}/backlog`);
  const last = waiting.body.data.find(({ extractionId }) => extractionId === day.published.at(-1));
  check('the webhook is paused: a new event is stored, and waits', last?.waitsFor, 'pause');
}

async function disable(day: Day): Promise<void> {
  step('The receiver moves away: it answers 410');
  const { api, shop, path } = day;
  Object.assign(shop, { manner: 410, headers: {} });
  say('After the pause, the service tries the receiver with one delivery.');
  const { reason } = (await operational(day, 'webhook.disabled')).data;
  check('the owner is told that the webhook is disabled', reason, 'The endpoint answered 410 Gone.');
  const { active, disabledReason } = (await api.get<{ active: boolean; disabledReason: string }>(path)).body.data;
  check('it is', { active, disabledReason }, { active: false, disabledReason: reason });
  const tried = shop.arrivals.filter(({ manner }) => manner === 410);
  check('the receiver got one request after the pause', tried.length, 1);
  await publish(day, 2);
  await show(day, 10);
}

async function repair(day: Day): Promise<void> {
  step('Repair the receiver, and activate the webhook');
  const { api, shop, path } = day;
  shop.manner = 200;
  const patched = await api.patch<{ active: boolean }>(path, { active: true });
  check('it is active again', patched.body.data.active, true);
  const sent = await api.post<object>(`${path}/backlog/send-now`);
  check('deliveries that still wait are sent now', sent.status, 202);
  await api.until<Stats>(`${path}/stats`, 'an empty backlog', ({ backlog }) => backlog.pending === 0);
  await show(day, 11);
}

async function recover(day: Day): Promise<void> {
  const { api, shop, path, began, published } = day;
  step('Count the events that the receiver has missed');
  const missed = published.filter((id) => !shop.accepted.has(id));
  const counted = await api.post<{ events: number }>(`${path}/recover`, { since: began, dryRun: true });
  check('nothing is queued: the answer is 200, and not 202', counted.status, 200);
  check(
    'it counts the failed events, and those of the time without a webhook',
    counted.body.data.events,
    missed.length,
  );
  check('there are some', missed.length >= 5, true);

  step('Recover them');
  const started = await api.post<{ id: string }>(`${path}/recover`, { since: began });
  check('the answer is 202', started.status, 202);
  await api.until<{ status: string; queued: number }[]>(`${path}/recoveries`, 'a completed recovery', ([recovery]) => {
    return recovery?.status === 'completed' && recovery.queued === missed.length;
  });
  await api.until<Stats>(`${path}/stats`, 'an empty backlog', ({ backlog }) => backlog.pending === 0);
  const { attempts, succeeded } = await show(day, 11 + missed.length);
  check('the receiver has every event', [...shop.accepted].sort(), [...published].sort());
  check('the log has all attempts, the failed ones too', attempts > succeeded, true);
  const rest = await api.ask<{ events: number }>('POST', `${path}/recover`, { since: began, dryRun: true });
  check('nothing is missing any more', rest.body.data.events, 0);
}

/** Publishes events, each about an extraction of its own. */
async function publish(day: Day, count: number): Promise<void> {
  for (let number = 0; number < count; number += 1) {
    const extractionId = `extract-order-${day.published.length + 1}`;
    const event = { event: 'extraction.completed', userId: USER, extractionId, data: { pages: 1 } };
    check(`${extractionId} is published: 202`, (await day.api.ask('POST', '/v1/events', event)).status, 202);
    day.published.push(extractionId);
  }
}

/** Waits for the next operational event of a type. Others may come before it. */
async function operational({ operators }: Day, type: string): Promise<Operational> {
  for (;;) {
    const event = JSON.parse((await operators.next()).body) as Operational;
    if (event.type === type) return event;
  }
}

/** Shows the newest records of the log and the statistics, after at least this number of attempts. */
async function show({ api, webhookId, path }: Day, attempts: number): Promise<Stats> {
  const stats = await api.until<Stats>(`${path}/stats`, `${attempts} attempts`, (now) => now.attempts >= attempts);
  const log = `/v1/webhooks/deliveries?webhookId=${webhookId}&limit=${SHOWN_RECORDS}`;
  say(`\nGET ${log}`);
  const records = (await api.ask<LogRecord[]>('GET', log)).body.data;
  const columns = ['extractionId', 'attempt', 'trigger', 'status', 'error', 'nextAttemptAt'] as const;
  showTable([[...columns], ...records.map((record) => columns.map((column) => String(record[column] ?? '')))]);
  say(`GET ${path}/stats`);
  showPairs({
    attempts: String(stats.attempts),
    succeeded: String(stats.succeeded),
    successRate: String(stats.successRate),
    'durationMs.p95': String(stats.durationMs.p95),
    'backlog.pending': String(stats.backlog.pending),
  });
  return stats;
}
