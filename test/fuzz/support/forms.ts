import { Ajv, type ValidateFunction } from 'ajv';
import { parseUrl } from '../../../src/common/parse-url.js';
import { closed, mapValues, type Schema } from './schema.js';

/** Finds the parts of values that do not match a schema of the document. */
export class Forms {
  private readonly ajv = new Ajv({ strict: false });
  private readonly validators = new Map<Schema, ValidateFunction>();

  /**
   * @param components that schemas refer to
   * @param time the form of a `date-time`
   */
  constructor(components: Record<string, Schema>, time: RegExp) {
    this.ajv.addFormat('uri', (text: string) => parseUrl(text) !== undefined);
    this.ajv.addFormat('date-time', (text: string) => time.test(text) && !Number.isNaN(Date.parse(text)));
    this.ajv.addSchema({ $id: 'openapi', components: { schemas: mapValues(components, closed) } });
  }

  /** The part of a value that does not fit; undefined when it fits. */
  misfit(value: unknown, schema: Schema): string | undefined {
    const validate = this.validators.get(schema) ?? this.ajv.compile(closed(schema));
    this.validators.set(schema, validate);
    return validate(value) ? undefined : this.ajv.errorsText(validate.errors, { dataVar: 'it' });
  }
}
