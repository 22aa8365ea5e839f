import type { ApiDocument } from './api-document.js';
import { type Json, type Schema } from './schema.js';

/** Stands in a generated request for a value of an earlier answer, which is only known when the request is sent. */
export class PoolRef {
  constructor(
    /** What it names: `Webhook`, `Event`, `Cursor`. */
    readonly kind: string,
    /** Whether it is another user's. */
    readonly foreign: boolean,
    /** Which of those that are offered. */
    readonly pick: number,
  ) {}
}

/** Only the newest are offered of each kind: the oldest would soon be most of them. */
const OFFERED = 4;

interface Entry {
  owner: string;
  value: string;
}

/** Remembers the ids, cursors and keys that answers told, for later requests. */
export class Pool {
  private readonly entries = new Map<string, Entry[]>();
  private readonly known = new Set<string>();
  /** What else was told of the thing that an id names, by kind: of a recovery, its webhook. */
  private readonly besides = new Map<string, Map<string, string>>();

  /** @param hidden values that no request may name */
  constructor(
    private readonly document: ApiDocument,
    private readonly hidden: ReadonlySet<string>,
  ) {}

  /** Takes what an answer to a user tells. */
  feed(owner: string, value: Json | undefined, of: Schema, within = ''): void {
    const { schema, name = within } = this.document.resolve(of);
    if (Array.isArray(value)) {
      for (const item of value) this.feed(owner, item, schema.items ?? {}, name);
    } else if (typeof value === 'object' && value !== null) {
      const beside = new Map<string, string>();
      for (const [key, property] of Object.entries(schema.properties ?? {})) {
        const told = value[key];
        if (typeof told === 'string') {
          const kind = kindOf(key, name.replace(/Dto$/, ''));
          beside.set(kind, told);
          if (key === 'id') this.besides.set(told, beside);
          this.add(kind, { owner, value: told });
        } else this.feed(owner, told, property, name);
      }
    }
  }

  /**
   * The value that a reference stands for; one that nothing has where there is none yet.
   *
   * @param beside an id that is named with it: what belongs to that is preferred
   */
  find({ kind, foreign, pick }: PoolRef, owner: string, beside = ''): string {
    const related = this.besides.get(beside)?.get(kind);
    if (related !== undefined && !foreign) return related;
    const kinds = [...this.entries.keys()].filter((known) => known.includes(kind));
    const offered = kinds.flatMap((known) => {
      const entries = this.entries.get(known) ?? [];
      return entries.filter((entry) => (entry.owner === owner) !== foreign).slice(-OFFERED);
    });
    return offered[pick % Math.max(1, offered.length)]?.value ?? '0b2a6c1e-5d8f-4e0a-9f0b-6f1a2b3c4d5e';
  }

  /** Offers a value no more: it was deleted. */
  forget(value: string): void {
    for (const [kind, entries] of this.entries) {
      this.entries.set(
        kind,
        entries.filter((entry) => entry.value !== value),
      );
    }
  }

  private add(kind: string, entry: Entry): void {
    const identity = `${kind} ${entry.owner} ${entry.value}`;
    if (kind === '' || this.hidden.has(entry.value) || this.known.has(identity)) return;
    this.known.add(identity);
    const entries = this.entries.get(kind);
    if (entries) entries.push(entry);
    else this.entries.set(kind, [entry]);
  }
}

/**
 * What a name stands for, by the conventions of the API: `webhookId` is the id of a Webhook, `nextCursor` a Cursor, and
 * `id` that of the thing whose form (or whose place in a path) it stands in.
 *
 * @returns an empty text for what is no reference to anything
 */
export function kindOf(name: string, thing: string): string {
  if (name === 'id') return thing;
  if (name === 'cursor' || name === 'nextCursor') return 'Cursor';
  if (name === 'key') return 'Secret';
  return /^(\w+)Id$/.exec(name)?.[1]?.replace(/^./, (letter) => letter.toUpperCase()) ?? '';
}

/** What the ids behind a part of a path stand for: `api-keys` for an ApiKey, `deliveries` for a Delivery. */
export function thingOf(segment: string): string {
  return segment
    .replace(/ies$/, 'y')
    .replace(/s$/, '')
    .replaceAll(/(?:^|-)(\w)/g, (_match, letter: string) => letter.toUpperCase());
}
