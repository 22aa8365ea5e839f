import { Ajv, type ValidateFunction } from 'ajv';
import { parseUrl } from '../../../src/common/parse-url.js';
import { closed, mapValues, type Schema } from './schema.js';

/** Tells what does not have the form that a schema of the document gives it. */
export class Forms {
  private readonly ajv = new Ajv({ strict: false });
  private readonly validators = new Map<Schema, ValidateFunction>();

  /**
   * @param components that schemas refer to
   * @param time how a `date-time` is written
   */
  constructor(components: Record<string, Schema>, time: RegExp) {
    this.ajv.addFormat('uri', (text: string) => parseUrl(text) !== undefined);
    this.ajv.addFormat('date-time', (text: string) => time.test(text) && !Number.isNaN(Date.parse(text)));
    this.ajv.addSchema({ $id: 'openapi', components: { schemas: mapValues(components, closed) } });
  }

  /** What of a value does not fit; undefined when it fits. */
  misfit(value: unknown, schema: Schema): string | undefined {
    const validate = this.validators.get(schema) ?? this.ajv.compile(closed(schema));
    this.validators.set(schema, validate);
    return validate(value) ? undefined : this.ajv.errorsText(validate.errors, { dataVar: 'it' });
  }
}
