import { randomInt } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { Random } from '../../test/support/random.js';
import { Horizon, type OpenTransaction } from './horizon.js';

const open = (name: string, marks: number[] | null = null): OpenTransaction => ({ names: [name], marks });

describe('The horizon', () => {
  it('is the newest visible position while no transaction is open', () => {
    const horizon = new Horizon();
    expect(horizon.of(1)).toBe(0);
    horizon.look(7, []);
    expect(horizon.of(1)).toBe(7);
    horizon.look(5, []);
    expect(horizon.of(1)).toBe(7);
  });

  it('stays at the head of the look before a transaction appeared', () => {
    const horizon = new Horizon();
    horizon.look(7, []);
    horizon.look(9, [open('3/1')]);
    expect(horizon.of(1)).toBe(7);
    horizon.look(30, [open('3/1'), open('4/1')]);
    expect(horizon.of(1)).toBe(7);
    horizon.look(31, [open('4/1')]);
    expect(horizon.of(1)).toBe(9);
    horizon.look(31, []);
    expect(horizon.of(1)).toBe(31);
  });

  it('shows nothing while a transaction is open that was open before the first look', () => {
    const horizon = new Horizon();
    horizon.look(7, [open('3/1')]);
    horizon.look(8, [open('3/1')]);
    expect(horizon.of(1)).toBe(0);
    horizon.look(8, []);
    expect(horizon.of(1)).toBe(8);
  });

  it('holds up only the users of a transaction that has marks', () => {
    const horizon = new Horizon();
    horizon.look(7, []);
    horizon.look(9, [open('3/1', [1, 2]), open('4/1', [])]);
    expect([1, 2, 3].map((mark) => horizon.of(mark))).toEqual([7, 7, 9]);
    horizon.look(12, [open('3/1', [1, 2, 3])]);
    expect([1, 2, 3, 4].map((mark) => horizon.of(mark))).toEqual([7, 7, 9, 12]);
  });

  it('knows a transaction again when it gets an id or is prepared', () => {
    const horizon = new Horizon();
    horizon.look(7, []);
    horizon.look(8, [open('3/1')]);
    horizon.look(20, [{ names: ['3/1', '815'], marks: null }]);
    horizon.look(30, [{ names: ['-1/815', '815'], marks: null }]);
    expect(horizon.of(1)).toBe(7);
  });

  it('forgets the head when it is reset', () => {
    const horizon = new Horizon();
    horizon.look(7, []);
    horizon.reset();
    horizon.look(8, [open('3/1')]);
    expect(horizon.of(1)).toBe(0);
  });
});

/** A failure prints its seed. `HORIZON_SEED` repeats it. */
const SEED = Number(process.env.HORIZON_SEED ?? randomInt(2 ** 31));
const RUNS = process.env.HORIZON_SEED ? 1 : 300;
const STEPS = 400;
const USERS = 3;

interface ModelEvent {
  position: number;
  user: number;
  isVisible: boolean;
}

interface ModelTransaction {
  names: string[];
  /** Null: without marks, as a process of the previous release. */
  marks: Set<number> | null;
  hasTableLock: boolean;
  events: ModelEvent[];
}

/** Transactions that publish, in any interleaving, and readers with a horizon each, in steps of single reads. */
class Model {
  readonly events: ModelEvent[] = [];
  private readonly transactions: ModelTransaction[] = [];
  private position = 0;
  private names = 0;

  constructor(private readonly random: Random) {}

  act(): void {
    const { random } = this;
    const one = random.of(this.transactions);
    const step = random.below(10);
    if (this.transactions.length === 0 || (step < 2 && this.transactions.length < 6)) this.begin();
    else if (step < 6) this.publish(one);
    else if (step === 6) this.prepare(one);
    else this.finish(one, step < 9);
  }

  private begin(): void {
    this.names += 1;
    const marks = this.random.below(3) === 0 ? null : new Set<number>();
    this.transactions.push({ names: [`v${this.names}`], marks, hasTableLock: false, events: [] });
  }

  /** Takes the mark, then the lock on the table, then the position: possibly with steps of others in between. */
  private publish(transaction: ModelTransaction): void {
    const user = this.random.below(USERS);
    if (transaction.marks && !transaction.marks.has(user)) return void transaction.marks.add(user);
    if (!transaction.hasTableLock) {
      transaction.hasTableLock = true;
      return;
    }
    this.position += 1;
    if (transaction.names.length === 1) transaction.names.push(`x${this.names}${this.position}`);
    const event = { position: this.position, user, isVisible: false };
    transaction.events.push(event);
    this.events.push(event);
  }

  private prepare(transaction: ModelTransaction): void {
    const [, id] = transaction.names;
    if (id !== undefined) transaction.names = [`p${id}`, id];
  }

  private finish(transaction: ModelTransaction, commits: boolean): void {
    this.transactions.splice(this.transactions.indexOf(transaction), 1);
    for (const event of transaction.events) {
      if (commits) event.isVisible = true;
      else this.events.splice(this.events.indexOf(event), 1);
    }
  }

  /** The newest visible position of some users. */
  head(users: readonly number[]): number {
    const visible = this.events.filter(({ isVisible, user }) => isVisible && users.includes(user));
    return Math.max(0, ...visible.map(({ position }) => position));
  }

  /** The list of `pg_locks`. */
  open(): OpenTransaction[] {
    return this.transactions.flatMap(({ names, marks, hasTableLock }): OpenTransaction[] => {
      if (marks && marks.size > 0) return [{ names: [...names], marks: [...marks] }];
      return hasTableLock ? [{ names: [...names], marks: null }] : [];
    });
  }
}

/** A process with a stream of one user. */
class Reader {
  readonly got: number[] = [];
  private horizon = new Horizon();
  private head: number | undefined;
  private cursor = 0;
  private isRead = true;

  constructor(
    private readonly model: Model,
    private readonly user: number,
  ) {}

  /** The next of three reads: the head, the transactions, the events. */
  act(random: Random): void {
    if (random.below(40) === 0) return this.crash();
    if (!this.isRead) return this.read();
    if (this.head === undefined) {
      this.head = this.model.head([this.user]);
      return;
    }
    this.horizon.look(this.head, this.model.open());
    this.head = undefined;
    this.isRead = false;
  }

  private read(): void {
    const limit = this.horizon.of(this.user);
    const page = this.model.events
      .filter(({ isVisible, user, position }) => {
        return isVisible && user === this.user && position > this.cursor && position <= limit;
      })
      .sort((one, other) => one.position - other.position);
    this.got.push(...page.map(({ position }) => position));
    this.cursor = Math.max(this.cursor, limit);
    this.isRead = true;
  }

  /** Another process resumes after the last event that the client got. */
  private crash(): void {
    this.horizon = new Horizon();
    this.head = undefined;
    this.isRead = true;
    this.cursor = this.got.at(-1) ?? 0;
  }
}

describe('Streams by the horizon', () => {
  it('have every committed event once and in one order, whatever commits when and however often a reader begins again', () => {
    for (let seed = SEED; seed < SEED + RUNS; seed += 1) {
      const random = new Random(seed);
      const model = new Model(random);
      const readers = Array.from({ length: 2 * USERS }, (_, number) => new Reader(model, number % USERS));
      for (let step = 0; step < STEPS; step += 1) {
        if (random.below(3) === 0) model.act();
        else random.of(readers).act(random);
      }
      // Events at or below a cursor that become visible now would be lost.
      for (const [number, reader] of readers.entries()) {
        const user = number % USERS;
        const last = reader.got.at(-1) ?? 0;
        const expected = model.events
          .filter((event) => event.user === user && event.position <= last)
          .map(({ position, isVisible }) => [position, isVisible]);
        expect({ seed, got: reader.got.map((position) => [position, true]) }).toEqual({ seed, got: expected });
      }
    }
  });
});
