import { randomUUID } from 'node:crypto';
import type { BenchDatabase } from '../support/database.js';
import { eventOf, TEXT } from '../support/events.js';
import { HttpClient } from '../support/http-client.js';
import { ProcessGroup } from '../support/process-group.js';
import { HANG, NOTE } from '../support/receiver.js';
import { CALLER } from '../support/server.js';
import type { Stage } from '../support/stage.js';
import type { Peer, Peers, PublishRequest } from './peers.js';

/** A webhook server of a comparison: this service, or a peer. It has an endpoint that answers, and one that hangs. */
export interface Contestant {
  name: string;
  /** Resolves when the server has accepted an event with this extraction. */
  publish: (extractionId: string) => Promise<unknown>;
  publishToHanging: (extractionId: string) => Promise<unknown>;
  server: ProcessGroup;
  /** The processes that store events and the log; undefined when the server itself stores them. */
  stores: ProcessGroup | undefined;
}

const HANGING_USER = 'uid_hanging';

/** Starts this service with an endpoint of both kinds. */
export async function ourselves(stage: Stage, { ours }: Peers): Promise<Contestant> {
  const { receiver } = stage;
  const database = await stage.database([
    { userId: CALLER, url: `${receiver.url}${NOTE}ours` },
    { userId: HANGING_USER, url: `${receiver.url}${HANG}ours` },
  ]);
  const { client, pid } = await stage.server(database, { env: ours.env });
  const publishAs = (userId: string) => (extractionId: string) =>
    client.post('/v1/events', JSON.stringify(eventOf(userId, extractionId)));
  return {
    name: 'DocMap Webhooks',
    publish: publishAs(CALLER),
    publishToHanging: publishAs(HANGING_USER),
    server: ProcessGroup.ofProcess(pid),
    stores: database.kind === 'server' ? ProcessGroup.matching(ours.stores ?? [sessionsOf(database)]) : undefined,
  };
}

/** PostgreSQL names the database of a session in the title of its process. */
function sessionsOf({ name }: BenchDatabase): RegExp {
  return new RegExp(`^postgres: .*\\b${name}\\b`);
}

/**
 * Connects to the peers, which run already.
 *
 * @throws Error when a process pattern matches no process
 */
export async function connectPeers(stage: Stage, { peersAt }: Peers): Promise<Contestant[]> {
  const contestants: Contestant[] = [];
  for (const peer of peersAt(stage.receiver.url)) contestants.push(await connect(stage, peer));
  return contestants;
}

async function connect(stage: Stage, { name, publish, publishToHanging, processes }: Peer): Promise<Contestant> {
  const [unmatched] = await ProcessGroup.unmatched([...processes.server, ...processes.stores]);
  if (unmatched) {
    throw new Error(`No process of this machine matches the pattern ${String(unmatched)} of ${name}. Does it run?`);
  }
  return {
    name,
    publish: await publisher(stage, publish),
    publishToHanging: await publisher(stage, publishToHanging),
    server: ProcessGroup.matching(processes.server),
    stores: ProcessGroup.matching(processes.stores),
  };
}

async function publisher(
  stage: Stage,
  { method, origin, path, headers, body }: PublishRequest,
): Promise<(extractionId: string) => Promise<string>> {
  const client = await stage.keep(Promise.resolve(new HttpClient(origin)), (each) => each.close());
  return (extractionId) => {
    const values = { id: extractionId, uuid: randomUUID(), text: TEXT, timestamp: new Date().toISOString() };
    const filled = Object.entries(headers).map(([name, template]) => [name, template.render(values)]);
    return client.send({
      method,
      path: path.render(values),
      headers: Object.fromEntries(filled) as Record<string, string>,
      body: body.render(values),
    });
  };
}
