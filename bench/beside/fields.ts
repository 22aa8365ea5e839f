/** Reads the fields of a JSON object. Its errors name the path of the field, such as `peers[0].publish.url`. */
export class Fields {
  private readonly read = new Set<string>();

  private constructor(
    readonly path: string,
    private readonly values: Readonly<Record<string, unknown>>,
  ) {}

  /** @throws Error when the value is no object */
  static of(this: void, path: string, value: unknown): Fields {
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return new Fields(path, { ...value });
    throw new Error(`${path === '' ? 'The file' : `${path}:`} must be an object, such as {"name": "value"}`);
  }

  /** The same object, of which no field has been read. */
  again(): Fields {
    return new Fields(this.path, this.values);
  }

  /** The same object. Fields that it lacks are those of `other`. */
  withDefaults(other: Fields): Fields {
    return new Fields(this.path, { ...other.values, ...this.values });
  }

  required<Value>(name: string, of: (path: string, value: unknown) => Value): Value {
    const value = this.optional(name, of);
    if (value === undefined) throw new Error(`${this.pathOf(name)}: is missing`);
    return value;
  }

  optional<Value>(name: string, of: (path: string, value: unknown) => Value): Value | undefined {
    this.read.add(name);
    const value = Object.hasOwn(this.values, name) ? this.values[name] : undefined;
    return value === undefined ? undefined : of(this.pathOf(name), value);
  }

  /** All fields, by name. */
  entries<Value>(of: (path: string, value: unknown) => Value): Record<string, Value> {
    return Object.fromEntries(Object.entries(this.values).map(([name, value]) => [name, of(this.pathOf(name), value)]));
  }

  /** All fields as texts. Numbers and truth values become texts too. */
  texts(): Record<string, string> {
    return this.entries((path, value) => {
      if (['string', 'number', 'boolean'].includes(typeof value)) return String(value);
      throw new Error(`${path}: must be a text, not ${JSON.stringify(value)}`);
    });
  }

  /** @throws Error that names a field that was not read: it has no meaning */
  end(): void {
    const unknown = Object.keys(this.values).find((name) => !this.read.has(name));
    if (unknown === undefined) return;
    throw new Error(`${this.pathOf(unknown)}: there is no such field; there are: ${[...this.read].join(', ')}`);
  }

  private pathOf(name: string): string {
    return this.path === '' ? name : `${this.path}.${name}`;
  }
}
