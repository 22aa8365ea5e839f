import * as fc from 'fast-check';
import type { Arbitrary } from 'fast-check';
import { hostileText, INHERITED } from './hostile.js';
import { onPlan, onWire, type Mutation } from './mutation.js';
import { reference, type Value } from './values.js';

/** Changes to the path and to the method. */
export const pathMutations: Arbitrary<Mutation> = fc.oneof(
  fc.tuple(fc.nat(), hostileText).map(([at, text]) => changeId('a wrong id', at, text)),
  fc
    .tuple(fc.nat(), fc.constantFrom('Webhook', 'Delivery', 'Event', 'ApiKey', 'Recovery'), fc.boolean())
    .chain(([at, kind, foreign]) => reference(kind, foreign).map((id) => changeId('an id of something else', at, id))),
  fc
    .constantFrom(
      '%zz',
      '%',
      '%c3%28',
      '%00',
      '%2e%2e',
      '..',
      '.',
      '',
      '%2F',
      ';',
      'a'.repeat(15_000),
      '*',
      '%ff',
      '\u00ff',
    )
    .map((part) =>
      onWire('a wrong path', (request) => ({
        ...request,
        target: request.target.replace(/[^/?]*(?=\?|$)/, () => part),
      })),
    ),
  fc
    .constantFrom('/', '//', '/x', '#', '?', '/%20')
    .map((part) =>
      onWire('a longer path', (request) => ({ ...request, target: request.target.replace(/(?=\?|$)/, () => part) })),
    ),
  fc
    .constantFrom('GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'TRACE', 'PROPFIND', 'SEARCH')
    .map((method) => onWire('another method', (request) => ({ ...request, method }))),
);

/** A spelling of a path, which may match the same route or none. The judge decides which. */
const spelling: Arbitrary<(path: string) => string> = fc.oneof(
  fc.tuple(fc.nat(), fc.boolean()).map(
    ([bits, upper]) =>
      (path: string) =>
        encodedLetters(path, (index) => ((bits >> (index % 16)) & 1) === 1, upper),
  ),
  fc
    .constantFrom('http://x', 'HTTP://X', 'https://x:8443', 'http://a:b@x', 'http://[::1]:80', 'ftp://x', 'http:/')
    .map((origin) => (path: string) => origin + path),
  fc
    .tuple(fc.nat(), fc.constantFrom('//', '/./', '/../', '/x/../', '/%2e/', '/%2E%2e/', '%2F', '\\', '/%20/', '/;/'))
    .map(
      ([at, part]) =>
        (path: string) =>
          atSlash(path, at, part),
    ),
  fc.constant((path: string) => path.toUpperCase()),
  fc.constant((path: string) => path.replaceAll('%', '%25')),
);

function encodedLetters(path: string, isChosen: (index: number) => boolean, upper: boolean): string {
  return path.replaceAll(/(%[\da-f]{2})|[\w-]/gi, (sign, escape: string | undefined, index: number) => {
    if (escape !== undefined || !isChosen(index)) return sign;
    const hex = sign.charCodeAt(0).toString(16);
    return `%${upper ? hex.toUpperCase() : hex}`;
  });
}

function atSlash(path: string, at: number, part: string): string {
  const slashes = [...path.matchAll(/\//g)].map(({ index }) => index);
  const index = slashes[at % slashes.length] ?? 0;
  return path.slice(0, index) + part + path.slice(index + 1);
}

/** Other spellings of a path, one after the other, with the key or without it. */
export const spellingMutations: Arbitrary<Mutation> = fc
  .tuple(fc.array(spelling, { minLength: 1, maxLength: 2 }), fc.boolean())
  .map(([spellings, hasKey]) =>
    onWire(`another spelling of the path${hasKey ? '' : ', without a key'}`, ({ target, headers, ...request }) => ({
      ...request,
      target: target.replace(/^[^?]*/, (path) => spellings.reduce((text, spell) => spell(text), path)),
      headers: headers.filter(([name]) => hasKey || name !== 'authorization'),
    })),
  );

function changeId(name: string, at: number, id: Value): Mutation {
  return onPlan(name, (plan) => {
    const names = Object.keys(plan.path);
    return names.length === 0 ? plan : { ...plan, path: { ...plan.path, [names[at % names.length] ?? '']: id } };
  });
}

/** Changes to the query. */
export const queryMutations: Arbitrary<Mutation> = fc.oneof(
  fc.tuple(fc.nat(), fc.oneof(hostileText, reference('Webhook', true))).map(([at, value]) =>
    onPlan('a wrong query value', (plan) => {
      const names = plan.operation.parameters.flatMap((parameter) =>
        parameter.in === 'query' ? [parameter.name] : [],
      );
      const name = names[at % Math.max(1, names.length)] ?? 'x';
      return { ...plan, query: [...plan.query.filter(([key]) => key !== name), [name, value]] };
    }),
  ),
  fc.nat().map((at) =>
    onPlan('a query value given twice', (plan) => {
      const twice = plan.query[at % Math.max(1, plan.query.length)];
      return twice ? { ...plan, query: [...plan.query, twice] } : plan;
    }),
  ),
  fc
    .tuple(fc.oneof(fc.constantFrom(...INHERITED, 'limit[]', 'limit[a]', 'a.b', ''), fc.string()), hostileText)
    .map(([name, value]) =>
      onPlan('a query value too many', (plan) => ({ ...plan, query: [...plan.query, [name, value]] })),
    ),
  fc
    .constantFrom(
      '?',
      '&&==&',
      '%zz=1',
      'limit',
      'limit=%',
      'a&'.repeat(2_000),
      '=',
      '%00=%00',
      'active=true&active=all',
    )
    .map((text) =>
      onWire('a broken query', (request) => ({
        ...request,
        target: `${request.target}${request.target.includes('?') ? '&' : '?'}${text}`,
      })),
    ),
);
