import { ERROR_STATUS } from '../../../src/common/domain-error.js';
import { pathOf, type ApiDocument, type Operation } from './api-document.js';
import type { Plan, WireRequest } from './plan.js';
import type { Json, Schema } from './schema.js';
import type { WireAnswer } from './wire.js';
import type { Caller } from './world.js';

const STATUS_OF: Record<string, number> = ERROR_STATUS;
const JSON_TYPE = 'application/json; charset=utf-8';
const ERROR: Schema = { $ref: '#/components/schemas/ErrorResponse' };
/** Pages for people, served next to the API. The document does not describe them. */
const PAGES = /^\/(?:$|docs|openapi\.(?:json|yaml))/;
/** The statuses that may refuse a path without an operation. */
const OFF_THE_MAP = new Set([400, 404, 405]);

/** Rules outside of the schema: a request that matches the schema may still break them. */
const BEYOND_SCHEMA =
  /not active|since must|^url must|nested deeper|data\.id is set|"__proto__"|The body is not JSON|cursor must be|larger than 16 KiB|retrySchedule\[\d+\]: |^filter|; filter|headers[.:]|^auth[. ]|; auth[. ]|signature: a webhook keeps|before must be|until must be|extractionIds|timeoutMs must|event must have type or event|^Last-Event-ID/;

/** Faults of an answer that are independent of its request. */
export function faultsOf(document: ApiDocument, request: WireRequest, answer: WireAnswer): string[] {
  const { method, target } = request;
  const { status, headers } = answer;
  const operation = document.operationOf(method, target);
  const isPage = PAGES.test(decodedPath(target));
  const faults: string[] = [];
  if (status >= 500) faults.push(`status ${status}`);
  if (!/^[\w.:/+=-]{1,128}$/.test(String(headers['x-request-id']))) faults.push('no x-request-id');
  if (operation && !(status in operation.responses)) faults.push(`status ${status} is not documented`);
  if (!operation && !OFF_THE_MAP.has(status) && !isPage) faults.push(`status ${status} where nothing is`);
  const isOpen = operation ? !operation.secured : isPage;
  const hasKey = request.headers.some(([name]) => name.toLowerCase() === 'authorization');
  if (status < 300 && !isOpen && !hasKey) faults.push('served without a key');
  if (status === 405 && !/^[A-Z]+(?:, [A-Z]+)*$/.test(headers.allow ?? '')) faults.push('no Allow');
  if (method === 'HEAD' || (!operation && status < 400)) return faults;
  return [...faults, ...(status < 400 ? bodyFaults(document, operation, answer) : errorFaults(document, answer))];
}

function decodedPath(target: string): string {
  try {
    return decodeURIComponent(pathOf(target));
  } catch {
    return target;
  }
}

function bodyFaults(document: ApiDocument, operation: Operation | undefined, answer: WireAnswer): string[] {
  const content = operation?.responses[answer.status]?.content ?? {};
  const type = answer.headers['content-type'] ?? '';
  const documented = Object.keys(content).find((name) => type === name || type.startsWith(`${name};`));
  const schema = documented === undefined ? undefined : content[documented]?.schema;
  if (documented === undefined || schema === undefined) return [`content type ${type} is not documented`];
  if (documented !== 'application/json') return answer.body === '' ? ['empty body'] : [];
  return formFaults(document, answer, schema);
}

function errorFaults(document: ApiDocument, answer: WireAnswer): string[] {
  const faults = formFaults(document, answer, ERROR);
  if (faults.length > 0) return faults;
  const { code, message } = (JSON.parse(answer.body) as { error: { code: string; message: string } }).error;
  if (STATUS_OF[code] !== answer.status) faults.push(`${code} with the status ${answer.status}`);
  if (!/\S{2}/.test(message)) faults.push('an empty message');
  if (/node_modules|Prisma|\bat \S+:\d+/.test(message)) faults.push(`internals in the message: ${message}`);
  if (code === 'UNAUTHORIZED' && answer.headers['www-authenticate'] !== 'Bearer') faults.push('no WWW-Authenticate');
  if (code === 'RATE_LIMITED' && !/^[1-9]\d*$/.test(answer.headers['retry-after'] ?? '')) faults.push('no Retry-After');
  return faults;
}

function formFaults(document: ApiDocument, { body, headers }: WireAnswer, schema: Schema): string[] {
  if (headers['content-type'] !== JSON_TYPE) return [`content type ${headers['content-type']}`];
  try {
    const misfit = document.answers.misfit(JSON.parse(body), schema);
    return misfit === undefined ? [] : [`the answer does not fit: ${misfit}`];
  } catch {
    return [`no JSON: ${body.slice(0, 200)}`];
  }
}

/** Faults in the treatment of a request, according to the document. */
export function oracleFaults(
  document: ApiDocument,
  { wire, plan, isMutated }: { wire: WireRequest; plan: Plan; isMutated: boolean },
  { status, body }: WireAnswer,
): string[] {
  const operation = document.operationOf(wire.method, wire.target);
  if (status < 300 && operation) {
    const misfit = requestMisfit(document, operation, wire);
    return misfit === undefined ? [] : [`accepted, though ${misfit}`];
  }
  if (isMutated || status !== 400 || plan.token !== 'own') return [];
  const { code, message } = (JSON.parse(body) as { error: { code: string; message: string } }).error;
  const isOwnFault = code === 'VALIDATION_ERROR' && !BEYOND_SCHEMA.test(message);
  return isOwnFault ? [`refused, though it fits the document: ${message}`] : [];
}

/** Whether an answer shows a resource of another user. Only publishers see all users' events. */
export function disclosureFaults(
  document: ApiDocument,
  { method, target }: WireRequest,
  { status, body }: WireAnswer,
  { userId, scopes }: Caller,
): string[] {
  const isEvents = document.operationOf(method, target)?.path.startsWith('/v1/events');
  if (status >= 300 || body === '' || (isEvents && scopes.includes('events:publish'))) return [];
  const owners = [...body.matchAll(/"userId":"([^"]*)"/g)].map(([, owner]) => owner);
  return owners.every((owner) => owner === userId) ? [] : [`shows ${userId} resources of ${owners.join()}`];
}

/** Any value is accepted: W3C Trace Context asks receivers to go on without an invalid or repeated one. */
const IGNORED_IF_INVALID: ReadonlySet<string> = new Set(['traceparent']);

function requestMisfit(document: ApiDocument, operation: Operation, { target, headers, body }: WireRequest) {
  if (operation.body) {
    const misfit = bodyMisfit(document, operation.body, body);
    if (misfit !== undefined) return misfit;
  }
  const query = new URLSearchParams(/\?([^#]*)/.exec(target)?.[1]);
  for (const { name, in: place, schema } of operation.parameters) {
    if (IGNORED_IF_INVALID.has(name)) continue;
    const given =
      place === 'query'
        ? query.getAll(name)
        : headers.flatMap(([key, value]) => (place === 'header' && key === name.toLowerCase() ? [value] : []));
    if (given.length > 1) return `${name} is given twice`;
    const misfit = given[0] === undefined ? undefined : document.requests.misfit(parsed(given[0], schema), schema);
    if (misfit !== undefined) return `${name} does not fit: ${misfit}`;
  }
  return undefined;
}

function bodyMisfit(document: ApiDocument, schema: Schema, body: Buffer | undefined): string | undefined {
  try {
    const misfit = document.requests.misfit(JSON.parse(body?.toString().trim() || '{}'), schema);
    return misfit === undefined ? undefined : `its body does not fit: ${misfit}`;
  } catch {
    return 'its body is no JSON';
  }
}

function parsed(text: string, { type }: Schema): Json {
  if (type === 'array') return text.split(',');
  return type === 'integer' && /^\d+$/.test(text) ? Number(text) : text;
}

const CONTINUE = /^HTTP\/1\.1 100 Continue\r\n\r\n/;

/** Faults of the answer to bytes that may not be a request. No answer is correct, too. */
export function rawFaults(document: ApiDocument, output: string): string[] {
  const answer = output.replace(CONTINUE, '');
  if (answer === '') return [];
  const [head = '', ...rest] = answer.split('\r\n\r\n');
  const status = Number(/^HTTP\/1\.1 (\d{3}) /.exec(head)?.[1]);
  if (Number.isNaN(status)) return ['no answer of HTTP'];
  const faults = /^HTTP\/1\.1 5\d\d /m.test(output) ? ['a status of 5xx'] : [];
  if (status < 400) return faults;
  const headers = Object.fromEntries(
    head
      .split('\r\n')
      .slice(1)
      .map((line) => [line.split(':')[0]?.toLowerCase(), line.slice(line.indexOf(':') + 2)]),
  ) as WireAnswer['headers'];
  const length = Number(headers['content-length']);
  const body = Buffer.from(rest.join('\r\n\r\n')).subarray(0, length).toString();
  if (headers['x-request-id'] === undefined) faults.push('no x-request-id');
  // A HEAD among the bytes is answered without the body.
  return body === '' && length > 0 ? faults : [...faults, ...errorFaults(document, { status, headers, body })];
}
