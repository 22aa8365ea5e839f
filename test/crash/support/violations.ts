/** Violations by kind, each with one example: a fault that breaks one delivery often breaks thousands. */
export class Violations {
  private readonly found = new Map<string, { count: number; example: string }>();

  add(kind: string, example: string): void {
    const known = this.found.get(kind);
    if (known) known.count += 1;
    else this.found.set(kind, { count: 1, example });
  }

  /** Notes a violation unless the condition holds. */
  unless(holds: boolean, kind: string, example = ''): void {
    if (!holds) this.add(kind, example);
  }

  get lines(): string[] {
    return [...this.found].map(([kind, { count, example }]) => `${kind} (${count} times, such as: ${example})`);
  }
}
