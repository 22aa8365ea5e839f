import type { ApiDocument } from './api-document.js';
import { type Json, type Schema } from './schema.js';

/** A placeholder in a generated request for a value of an earlier answer. It is replaced when the request is sent. */
export class PoolRef {
  constructor(
    /** The kind of resource: `Webhook`, `Event`, `Cursor`. */
    readonly kind: string,
    /** Whether the value belongs to another user. */
    readonly foreign: boolean,
    /** The choice among the offered values. */
    readonly pick: number,
  ) {}
}

/** Only the newest values of each kind are offered, because most of the older ones are deleted. */
const OFFERED = 4;

interface Entry {
  owner: string;
  value: string;
}

/** Stores the ids, cursors and keys of answers for later requests. */
export class Pool {
  private readonly entries = new Map<string, Entry[]>();
  private readonly known = new Set<string>();
  /** The other ids in the answer that named an id, by kind: of a recovery, its webhook. */
  private readonly besides = new Map<string, Map<string, string>>();

  /** @param hidden values that no request may name */
  constructor(
    private readonly document: ApiDocument,
    private readonly hidden: ReadonlySet<string>,
  ) {}

  /** Collects the values of an answer to a user. */
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
   * The value of a reference. While no resource of the kind exists, it is a value that no resource has.
   *
   * @param beside an id in the same request: values that belong to it are preferred
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

  /** Removes a deleted value. */
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
 * The kind of resource that a name refers to, by the conventions of the API. `webhookId` is the id of a Webhook and
 * `nextCursor` is a Cursor. `id` belongs to the resource whose schema or path contains it.
 *
 * @returns an empty text for a name that is no reference
 */
export function kindOf(name: string, thing: string): string {
  if (name === 'id') return thing;
  if (name === 'cursor' || name === 'nextCursor') return 'Cursor';
  if (name === 'key') return 'Secret';
  return /^(\w+)Id$/.exec(name)?.[1]?.replace(/^./, (letter) => letter.toUpperCase()) ?? '';
}

/** The kind of the ids after a part of a path: ApiKey after `api-keys`, Delivery after `deliveries`. */
export function thingOf(segment: string): string {
  return segment
    .replace(/ies$/, 'y')
    .replace(/s$/, '')
    .replaceAll(/(?:^|-)(\w)/g, (_match, letter: string) => letter.toUpperCase());
}
