import { readFileSync } from 'node:fs';
import { UsageError } from '../options.js';
import { Fields } from './fields.js';
import { Template } from './template.js';

/** A request that publishes one event to a webhook server. */
export interface PublishRequest {
  method: 'POST' | 'PUT';
  /** Such as `http://127.0.0.1:8071`. */
  origin: string;
  /** The path and the query. */
  path: Template;
  headers: Readonly<Record<string, Template>>;
  body: Template;
}

/** Patterns for the command lines of processes. Each must match a process when the run starts. */
interface ProcessPatterns {
  server: readonly RegExp[];
  stores: readonly RegExp[];
}

/** Another webhook server: running, with its endpoints registered. */
export interface Peer {
  name: string;
  /** Publishes an event for the endpoint that answers at once. */
  publish: PublishRequest;
  /** Publishes an event for the endpoint that never answers. */
  publishToHanging: PublishRequest;
  processes: ProcessPatterns;
}

/** The content of `peers.json`. `docs/performance.md` explains its fields. */
export interface Peers {
  /** The port of the receiver on 127.0.0.1; undefined for a free port. */
  receiverPort: number | undefined;
  ours: {
    /** Environment variables of this service, besides those of every bench. */
    env: Readonly<Record<string, string>>;
    /** The processes of PostgreSQL; undefined for the sessions of the database of the run. */
    stores: readonly RegExp[] | undefined;
  };
  /** Reads the peers. Only then the receiver's address is known. */
  peersAt: (receiverUrl: string) => Peer[];
}

const METHODS = ['POST', 'PUT'] as const;
const MAX_PORT = 65_535;

/**
 * Reads a file that describes other webhook servers.
 *
 * @param env the values of placeholders such as `{{env.TOKEN}}`
 * @throws UsageError that names the file, the field and the fault
 */
export function readPeers(path: string, env: NodeJS.ProcessEnv = process.env): Peers {
  const within = <Result>(read: () => Result): Result => {
    try {
      return read();
    } catch (error) {
      throw new UsageError(`${path}: ${(error as Error).message}`);
    }
  };
  return within(() => {
    const peers = parsePeers(readFileSync(path, 'utf8'), env);
    return { ...peers, peersAt: (receiverUrl) => within(() => peers.peersAt(receiverUrl)) };
  });
}

/** @throws Error that names the field and the fault */
export function parsePeers(text: string, env: NodeJS.ProcessEnv): Peers {
  const root = Fields.of('', JSON.parse(text) as unknown);
  const receiverPort = root.optional('receiverPort', portOf);
  const ours = root.optional('ours', Fields.of) ?? Fields.of('ours', {});
  const oursEnv = ours.optional('env', Fields.of)?.texts() ?? {};
  const stores = ours.optional('stores', patternsWith(variablesOf(env)));
  ours.end();
  const described = root.required('peers', listOf(Fields.of));
  root.end();
  const peersAt = (receiverUrl: string): Peer[] => {
    const constants = { receiver: receiverUrl, ...variablesOf(env) };
    const peers = described.map((fields) => peerOf(fields, constants));
    const names = peers.map(({ name }) => name);
    const double = names.find((name, index) => names.indexOf(name) !== index);
    if (double !== undefined) throw new Error(`peers: two have the name ${JSON.stringify(double)}`);
    return peers;
  };
  // The faults are shown before anything starts. The address makes no difference to them.
  peersAt('http://127.0.0.1:1');
  return { receiverPort, ours: { env: oursEnv, stores }, peersAt };
}

type Constants = Readonly<Record<string, string | undefined>>;

function variablesOf(env: NodeJS.ProcessEnv): Constants {
  return Object.fromEntries(Object.entries(env).map(([name, value]) => [`env.${name}`, value]));
}

function peerOf(fields: Fields, constants: Constants): Peer {
  const peer = fields.again();
  const name = peer.required('name', textOf);
  const publish = peer.required('publish', Fields.of);
  const hanging = peer.required('publishToHanging', Fields.of);
  const processes = peer.required('processes', Fields.of);
  peer.end();
  const patternsOf = patternsWith(constants);
  const patterns = {
    server: processes.required('server', patternsOf),
    stores: processes.required('stores', patternsOf),
  };
  processes.end();
  return {
    name,
    publish: requestOf(publish, constants),
    publishToHanging: requestOf(hanging.withDefaults(publish), constants),
    processes: patterns,
  };
}

function requestOf(request: Fields, constants: Constants): PublishRequest {
  const template = (at: string, value: unknown): Template =>
    located(at, () => Template.of(textOf(at, value), constants));
  const method = request.optional('method', methodOf) ?? 'POST';
  const { origin, path } = request.required('url', (at, value) => addressOf(at, textOf(at, value), constants));
  const headers = Object.entries(request.optional('headers', Fields.of)?.entries(template) ?? {});
  const body = request.required('body', (at, value) =>
    template(at, typeof value === 'string' ? value : JSON.stringify(value)),
  );
  request.end();
  if (!body.has('id')) {
    throw new Error(`${request.path}.body: it must have the placeholder {{id}}, by which the receiver knows the event`);
  }
  const lower = headers.map(([header, value]) => [header.toLowerCase(), value] as const);
  const contentType = ['content-type', Template.of('application/json', {})] as const;
  return { method, origin, path, headers: Object.fromEntries([contentType, ...lower]), body };
}

/** Placeholders of events may be in the path and in the query, but not in the origin. */
function addressOf(at: string, text: string, constants: Constants): { origin: string; path: Template } {
  const [, origin = '', path = ''] = /^(https?:\/\/[^/?#]+)([^#]*)$/.exec(text) ?? [];
  return located(at, () => {
    const full = Template.of(origin, constants).constant();
    if (!URL.canParse(full)) throw new Error(`must be an http or https URL, not ${JSON.stringify(text)}`);
    return { origin: new URL(full).origin, path: Template.of(path === '' ? '/' : path, constants) };
  });
}

function located<Result>(at: string, read: () => Result): Result {
  try {
    return read();
  } catch (error) {
    const { message } = error as Error;
    throw message.startsWith(at) ? error : new Error(`${at}: ${message}`);
  }
}

function textOf(at: string, value: unknown): string {
  if (typeof value === 'string' && value !== '') return value;
  throw new Error(`${at}: must be a text that is not empty, not ${JSON.stringify(value)}`);
}

function methodOf(at: string, value: unknown): 'POST' | 'PUT' {
  const method = METHODS.find((each) => each === value);
  if (method) return method;
  throw new Error(`${at}: must be one of ${METHODS.join(', ')}, not ${JSON.stringify(value)}`);
}

function portOf(at: string, value: unknown): number {
  if (Number.isInteger(value) && Number(value) >= 1 && Number(value) <= MAX_PORT) return Number(value);
  throw new Error(`${at}: must be a whole number from 1 to ${MAX_PORT}, not ${JSON.stringify(value)}`);
}

function patternsWith(constants: Constants): (at: string, value: unknown) => RegExp[] {
  return listOf((at, value) => located(at, () => new RegExp(Template.of(textOf(at, value), constants).constant())));
}

function listOf<Item>(of: (at: string, value: unknown) => Item): (at: string, value: unknown) => Item[] {
  return (at, value) => {
    if (!Array.isArray(value) || value.length === 0) throw new Error(`${at}: must be a list that is not empty`);
    return value.map((item, index) => of(`${at}[${index}]`, item));
  };
}
