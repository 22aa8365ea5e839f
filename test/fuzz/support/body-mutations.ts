import * as fc from 'fast-check';
import type { Arbitrary } from 'fast-check';
import { hostileValue, INHERITED } from './hostile.js';
import { onPlan, onWire, withHeader, type Change, type Mutation } from './mutation.js';
import type { WireRequest } from './plan.js';
import { PoolRef } from './pool.js';
import type { Value } from './values.js';

/** Every place of a value, each with a function that replaces or removes its content. */
function places(
  value: Value,
  put: (other: Value | undefined) => Value | undefined,
): ((other?: Value) => Value | undefined)[] {
  const own = [(other?: Value) => put(other)];
  if (value === null || typeof value !== 'object' || value instanceof PoolRef) return own;
  const entries: [string, Value][] = Object.entries(value);
  const inner = entries.flatMap(([name, item]) =>
    places(item, (other) => {
      const rest = entries.filter(([key]) => key !== name);
      const changed =
        other === undefined ? rest : entries.map(([key, old]) => [key, key === name ? other : old] as [string, Value]);
      return put(Array.isArray(value) ? changed.map(([, kept]) => kept) : Object.fromEntries(changed));
    }),
  );
  return [...own, ...inner];
}

/** Changes to a value of the body. */
export const bodyMutations: Arbitrary<Mutation> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.tuple(fc.nat(), hostileValue).map(([place, value]) => changeBody('a value', place, value)),
  },
  { weight: 2, arbitrary: fc.nat().map((place) => changeBody('a value left out', place, undefined)) },
  {
    weight: 2,
    arbitrary: fc
      .tuple(fc.oneof(fc.constantFrom(...INHERITED, 'id', 'userId', 'secret', ''), fc.string()), hostileValue)
      .map(([name, value]) =>
        onPlan('a field too many', (plan) => ({ ...plan, body: withField(plan.body, name, value) })),
      ),
  },
  { weight: 1, arbitrary: hostileValue.map((body) => onPlan('another body', (plan) => ({ ...plan, body }))) },
);

function changeBody(what: string, place: number, value: Value | undefined): Mutation {
  return onPlan(`${what} in the body`, (plan) => {
    const all = places(plan.body ?? {}, (other) => other);
    return { ...plan, body: all[place % all.length]?.(value) };
  });
}

function withField(body: Value | undefined, name: string, value: Value): Value {
  // Without a spread: a key "__proto__" must be an own property.
  return Object.fromEntries([...Object.entries(body ?? {}), [name, value]]) as Value;
}

/** Changes to the text of the body and to its type. */
export const textMutations: Arbitrary<Mutation> = fc.oneof(
  fc.nat().map((at) =>
    onWire(
      'a body cut off',
      onText((text) => text.slice(0, at % (text.length + 1))),
    ),
  ),
  fc
    .tuple(
      fc.nat(),
      fc.constantFrom('"', '{', '}', ']', ',', ':', '\\', '\u0000', '\n', 'NaN', '1e999', '/**/', '\ufeff', '\\ud800'),
    )
    .map(([at, part]) =>
      onWire(
        'a sign in the body',
        onText((text) => text.slice(0, at % (text.length + 1)) + part + text.slice(at % (text.length + 1))),
      ),
    ),
  fc.tuple(fc.nat(), fc.uint8Array({ minLength: 1, maxLength: 8 })).map(([at, bytes]) =>
    onWire('bytes in the body', (request) => {
      const body = request.body ?? Buffer.from('{}');
      const index = at % (body.length + 1);
      return { ...request, body: Buffer.concat([body.subarray(0, index), bytes, body.subarray(index)]) };
    }),
  ),
  fc
    .constantFrom(
      '',
      ' ',
      '[]',
      'null',
      '1',
      '"text"',
      '{"a":1,"a":2}',
      '{"__proto__":{}}',
      '['.repeat(10_000),
      '\ufeff{}',
    )
    .map((text) =>
      onWire(
        'a text as the body',
        onText(() => text),
      ),
    ),
  fc
    .tuple(fc.constantFrom('fields', 'events', 'scopes', 'data'), fc.constantFrom(10, 101, 1_001, 3_000))
    .map(([what, count]) =>
      onWire(
        `${count} ${what}`,
        onText(() => wideText(what, count)),
      ),
    ),
  fc
    .uint8Array()
    .map((bytes) => onWire('random bytes as the body', (request) => ({ ...request, body: Buffer.from(bytes) }))),
  // Only the declared size: a body that is too large is refused before it is read.
  fc.constant(onWire('a body over the limit', withHeader('content-length', String(5 * 1_048_576 + 1)))),
  fc
    .constantFrom(
      'text/plain',
      'application/x-www-form-urlencoded',
      'multipart/form-data; boundary=x',
      'application/json; charset=latin1',
      'application/vnd.api+json',
      'json',
      '',
      'application/json, text/plain',
      ';',
      'application/json;;=',
    )
    .map((type) =>
      onWire(`the content type "${type}"`, (request) =>
        withHeader('content-type', type)({ ...request, body: request.body ?? Buffer.from('{}') }),
      ),
    ),
  fc.constant(
    onWire('no content type', (request) => ({
      ...request,
      headers: request.headers.filter(([name]) => name !== 'content-type'),
    })),
  ),
);

function onText(change: Change<string>): Change<WireRequest> {
  return (request) => {
    const changed = { ...request, body: Buffer.from(change(request.body?.toString() ?? '{}')) };
    return request.body === undefined ? withHeader('content-type', 'application/json')(changed) : changed;
  };
}

/** A wide body: this many distinct fields, elements of an array, or fields of an event's data. */
function wideText(what: string, count: number): string {
  const names = Array.from({ length: count }, (_, index) => `n${index}`);
  const fields = Object.fromEntries(names.map((name) => [name, 1]));
  if (what === 'fields') return JSON.stringify(fields);
  if (what !== 'data') return JSON.stringify({ [what]: names });
  const event = { event: 'extraction.completed', userId: 'uid_wide', extractionId: 'extract-wide', data: fields };
  return JSON.stringify(event);
}
