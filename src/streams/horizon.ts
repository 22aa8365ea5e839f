/** A transaction that has written to the table of events, or is about to, and is still open. */
export interface OpenTransaction {
  /** All names of the transaction: its virtual id, and its ids. Names are added while it runs, and the virtual one changes when it is prepared. */
  names: readonly string[];
  /** The marks of the users whose events it publishes (`queue/transaction-mark-parts.ts`). Null: those of any user. */
  marks: readonly number[] | null;
}

/**
 * The part of the events that is complete: streams may send it, because no event can appear in it any more.
 *
 * Events have positions: numbers of a sequence, taken when the row is inserted. A smaller position may become visible after a
 * larger one, because transactions commit in another order. It can only come from a transaction that was open when the larger
 * position was already visible. PostgreSQL lists such transactions: each holds a lock on the table from before its first
 * position until after its commit is visible.
 *
 * Each look at the database reads in this order: visible positions, then open transactions. The following holds:
 *
 * 1. All positions up to the largest visible one, the head, were taken before the look at transactions.
 * 2. An event with such a position is visible after the look, unless its transaction is one of those seen.
 * 3. A transaction that an earlier look did not see took its lock later. Its positions are above the head of that look.
 *
 * Only the transactions that concern a user hold up the streams of the user. A long transaction that writes other tables, or
 * publishes for other users, does not.
 */
export class Horizon {
  private head = 0;
  /** By mark (`*`: any user) and name of an open transaction: no position of the transaction is this low or lower. */
  private bounds = new Map<string, number>();
  /** By mark: the lowest bound. */
  private limits = new Map<number | '*', number>();

  /**
   * Records a look at the database.
   *
   * @param head the largest position that was visible before the transactions were listed
   * @param open all open transactions
   */
  look(head: number, open: readonly OpenTransaction[]): void {
    const bounds = new Map<string, number>();
    this.limits = new Map();
    for (const { names, marks } of open) {
      for (const mark of marks ?? (['*'] as const)) {
        // The first look knows no earlier head: a transaction that is open then has no bound above zero.
        const bound = Math.min(this.head, ...names.flatMap((name) => this.bounds.get(`${mark} ${name}`) ?? []));
        for (const name of names) bounds.set(`${mark} ${name}`, bound);
        this.limits.set(mark, Math.min(bound, this.limits.get(mark) ?? Infinity));
      }
    }
    this.bounds = bounds;
    this.head = Math.max(this.head, head);
  }

  /**
   * The position up to which the events of a user are complete. A later read of the table finds all of them.
   *
   * @param mark the mark of the user
   */
  of(mark: number): number {
    return Math.min(this.head, this.limits.get('*') ?? Infinity, this.limits.get(mark) ?? Infinity);
  }

  /** Forgets everything, after a time without looks. */
  reset(): void {
    this.head = 0;
    this.bounds = new Map();
    this.limits = new Map();
  }
}
