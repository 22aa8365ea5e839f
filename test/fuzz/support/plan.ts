import * as fc from 'fast-check';
import type { Arbitrary } from 'fast-check';
import type { Operation } from './api-document.js';
import { PoolRef, thingOf } from './pool.js';
import { filled, reference, type Value, type Values } from './values.js';

/** A request in which only the values of earlier answers are undecided. */
export interface Plan {
  operation: Operation;
  /** The index of the caller. */
  caller: number;
  /** The Bearer token: a key of the caller, a key from an answer, a literal text, or none. */
  token: 'own' | PoolRef | { raw: string } | null;
  path: Record<string, Value>;
  query: [name: string, value: Value][];
  headers: [name: string, value: Value][];
  body: Value | undefined;
}

/** A request in the form that is sent. */
export interface WireRequest {
  method: string;
  /** Path and query, as sent. */
  target: string;
  headers: [name: string, value: string][];
  body: Buffer | undefined;
}

/** Requests that the document allows. */
export function plans(operation: Operation, values: Values, callers: number): Arbitrary<Plan> {
  const of = (place: string) => operation.parameters.filter((parameter) => parameter.in === place);
  const path: Record<string, Arbitrary<Value>> = {};
  for (const { name, schema } of of('path')) {
    const thing = thingOf(/([\w-]+)\/\{[^}]*$/.exec(operation.path.split(`{${name}}`)[0] + '{')?.[1] ?? '');
    path[name] = values.of(schema, name, thing);
  }
  const chosen = (place: string): Arbitrary<[string, Value][]> =>
    fc
      .tuple(
        ...of(place).map(({ name, required, schema }) => {
          const given = values.of(schema, name).map((value): [string, Value][] => [[name, value]]);
          return required ? given : fc.oneof({ weight: 3, arbitrary: fc.constant([]) }, given);
        }),
      )
      .map((all) => all.flat());
  return fc
    .record({
      caller: fc.oneof({ weight: 9, arbitrary: fc.constant(0) }, fc.nat(callers - 1)),
      token: operation.secured
        ? fc.oneof({ weight: 30, arbitrary: fc.constant('own' as const) }, reference('Secret'))
        : fc.constantFrom('own' as const, null),
      path: fc.record(path),
      query: chosen('query'),
      headers: chosen('header'),
      body: operation.body ? values.of(operation.body) : fc.constant(undefined),
    })
    .map((plan) => ({ operation, ...plan }));
}

/** Looks up the value of a reference, preferably one that belongs to the id `beside`. */
type Find = (reference: PoolRef, beside?: string) => string;

/** The bytes of a plan. */
export function wireOf(plan: Plan, ownKey: string, find: Find): WireRequest {
  const { operation, path, query, headers, body, token } = plan;
  const text = (value: Value): string => {
    const known = filled(value, find);
    return typeof known === 'string' ? known : JSON.stringify(known);
  };
  const ids: Record<string, string> = {};
  let last: string | undefined;
  // From the last to the first: the last resource determines the ones that it belongs to.
  for (const [name, value] of Object.entries(path).toReversed()) {
    ids[name] = value instanceof PoolRef ? find(value, last) : text(value);
    last = ids[name];
  }
  const target = operation.path.replaceAll(/\{(\w+)\}/g, (_match, name: string) => encoded(ids[name] ?? ''));
  const list = (value: Value): string => {
    const known = filled(value, find);
    return Array.isArray(known) ? known.map(String).join() : text(value);
  };
  const search = query.map(([name, value]) => `${encoded(name)}=${encoded(list(value))}`).join('&');
  const authorization = token === 'own' ? `Bearer ${ownKey}` : tokenText(token, find);
  return {
    method: operation.method,
    target: search === '' ? target : `${target}?${search}`,
    headers: [
      ...(authorization === undefined ? [] : [['authorization', authorization] as [string, string]]),
      ...headers.map(([name, value]): [string, string] => [name, text(value)]),
      ...(body === undefined ? [] : [['content-type', 'application/json'] as [string, string]]),
    ],
    body: body === undefined ? undefined : Buffer.from(JSON.stringify(filled(body, find))),
  };
}

function tokenText(token: Exclude<Plan['token'], 'own'>, find: Find): string | undefined {
  if (token === null) return undefined;
  return token instanceof PoolRef ? `Bearer ${find(token)}` : token.raw;
}

function encoded(text: string): string {
  return encodeURIComponent(text.toWellFormed());
}
