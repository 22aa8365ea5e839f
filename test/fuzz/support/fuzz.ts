import * as fc from 'fast-check';
import type { Arbitrary } from 'fast-check';
import { pathOf, type ApiDocument } from './api-document.js';
import { bytes, garbage, KEY_PLACEHOLDER } from './garbage.js';
import { disclosureFaults, faultsOf, oracleFaults, rawFaults } from './judge.js';
import type { Mutation } from './mutation.js';
import { mutations } from './mutations.js';
import { plans, wireOf, type Plan, type WireRequest } from './plan.js';
import type { Pool } from './pool.js';
import type { Json } from './schema.js';
import type { Tally } from './tally.js';
import { Values } from './values.js';
import { curlOf, type Wire, type WireAnswer } from './wire.js';
import type { World } from './world.js';

/** Runs of one kind of request or another. */
type Case = { plan: Plan; mutation?: Mutation | undefined } | { garbage: WireRequest } | { bytes: string };

/** Paths of the receiver with different answers. */
const RECEIVER_PATHS = ['/ok', '/ok', '/ok', '/fails', '/busy', '/gone'];

/** Sends requests that are generated from the document, and judges every answer. */
export class Fuzz {
  constructor(
    private readonly document: ApiDocument,
    private readonly world: World,
    private readonly wire: Wire,
    private readonly pool: Pool,
    private readonly tally: Tally,
  ) {}

  /** Requests of all kinds and routes. */
  cases(): Arbitrary<Case> {
    const origin = new URL(this.world.receiver.url).origin;
    const urls = fc
      .tuple(fc.constantFrom(...RECEIVER_PATHS), fc.webQueryParameters({ size: 'small' }))
      .map(([path, query]) => `${origin}${path}?${query}`);
    const values = new Values(this.document, urls);
    const plan = fc.oneof(
      ...this.document.operations.map((operation) => ({
        // Other operations can't use a deleted resource.
        weight: operation.method === 'DELETE' ? 1 : 3,
        arbitrary: plans(operation, values, this.world.callers.length),
      })),
    );
    return fc.oneof(
      { weight: 8, arbitrary: plan.map((valid): Case => ({ plan: valid })) },
      { weight: 8, arbitrary: fc.record({ plan, mutation: mutations }) },
      { weight: 2, arbitrary: garbage(this.document).map((request): Case => ({ garbage: request })) },
      { weight: 2, arbitrary: bytes.map((text): Case => ({ bytes: text })) },
    );
  }

  /** @throws Error with the request and the faults of its answer */
  async run(tried: Case): Promise<void> {
    if ('bytes' in tried) await this.runBytes(tried.bytes);
    else if ('garbage' in tried) await this.runGarbage(tried.garbage);
    else await this.runPlan(tried.plan, tried.mutation);
  }

  private async runPlan(valid: Plan, mutation: Mutation | undefined): Promise<void> {
    const plan = mutation?.plan?.(valid) ?? valid;
    const caller = this.world.callers[plan.caller] ?? this.firstCaller;
    const made = wireOf(plan, caller.key, (reference, beside) => this.pool.find(reference, caller.userId, beside));
    const wire = mutation?.wire?.(made) ?? made;
    const answer = await this.exchange(wire);
    this.tally.add(plan.operation.name, answer.status);
    const faults = [
      ...faultsOf(this.document, wire, answer),
      ...oracleFaults(this.document, { wire, plan, isMutated: mutation !== undefined }, answer),
      ...(plan.token === 'own' ? disclosureFaults(this.document, wire, answer, caller) : []),
    ];
    if (faults.length > 0) throw new Error(this.report(wire, answer, faults, mutation?.name));
    if (answer.status >= 300) return;
    if (wire.method === 'DELETE') await this.forget(wire.target);
    else if (plan.token === 'own') this.learn(wire, answer, caller.userId);
  }

  private async runGarbage(given: WireRequest): Promise<void> {
    const headers = given.headers.map(([name, value]): [string, string] => [name, this.withKey(value)]);
    const wire = { ...given, headers };
    const answer = await this.exchange(wire);
    this.tally.add('random requests', answer.status);
    const faults = faultsOf(this.document, wire, answer);
    if (faults.length > 0) throw new Error(this.report(wire, answer, faults, 'random request'));
  }

  private async runBytes(given: string): Promise<void> {
    const sent = this.withKey(given);
    const output = await this.wire.sendBytes(Buffer.from(sent, 'latin1'));
    this.tally.add('random bytes', Number(/^HTTP\/1\.1 ([2-5]\d\d)/m.exec(output)?.[1] ?? 0));
    const faults = rawFaults(this.document, output);
    if (faults.length > 0)
      throw new Error(
        `${faults.join('; ')}\n${JSON.stringify(sent)}\nanswered ${JSON.stringify(output.slice(0, 2_000))}`,
      );
  }

  private async exchange(wire: WireRequest): Promise<WireAnswer> {
    try {
      return await this.wire.send(wire);
    } catch (error) {
      throw new Error(`${(error as Error).message}\n${curlOf(wire, this.wire.url)}`, { cause: error });
    }
  }

  /** Collects the values of an answer that later requests can refer to. */
  private learn({ method, target }: WireRequest, { status, body }: WireAnswer, userId: string): void {
    const schema = this.document.operationOf(method, target)?.responses[status]?.content?.['application/json']?.schema;
    if (schema && body !== '') this.pool.feed(userId, JSON.parse(body) as Json, schema);
  }

  /** Removes a deleted resource from the pool. A deleted key of the test itself is replaced. */
  private async forget(target: string): Promise<void> {
    const id = decodeURIComponent(pathOf(target).split('/').at(-1) ?? '');
    this.pool.forget(id);
    await this.world.renew(id);
  }

  private report(
    wire: WireRequest,
    { status, headers, body }: WireAnswer,
    faults: string[],
    mutation = 'valid',
  ): string {
    const answer = `${status} ${JSON.stringify(headers)} ${body.slice(0, 2_000)}`;
    return `${faults.join('; ')} (${mutation})\n${curlOf(wire, this.wire.url)}\nanswered ${answer}`;
  }

  private withKey(text: string): string {
    return text.replaceAll(KEY_PLACEHOLDER, this.firstCaller.key);
  }

  private get firstCaller() {
    const [caller] = this.world.callers;
    if (!caller) throw new Error('Nobody is there to call');
    return caller;
  }
}
