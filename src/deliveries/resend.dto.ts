import { ApiProperty, ApiSchema } from '@nestjs/swagger';
import { ruleBy } from '../common/validation.js';
import { shown } from '../common/validation-error.js';

const MOST_IDS = 100;

/** The records whose deliveries to queue again. */
@ApiSchema({ name: 'ResendDeliveries' })
export class ResendDeliveriesDto {
  /** Ids of delivery records, each once. */
  @ruleBy('recordIds', faultOfIds)
  @ApiProperty({
    type: [String],
    minItems: 1,
    maxItems: MOST_IDS,
    uniqueItems: true,
    example: ['01948432-9d6c-7c3e-8f1a-2b3c4d5e6f70'],
  })
  ids: string[];
}

function faultOfIds(value: unknown): string | undefined {
  const right = `an array of 1 to ${MOST_IDS} ids of delivery records`;
  if (value === undefined) return ` is missing; use ${right}`;
  if (!Array.isArray(value) || value.length === 0 || value.length > MOST_IDS) {
    return ` must be ${right}${Array.isArray(value) ? `, not ${value.length}` : ''}`;
  }
  const seen = new Set<string>();
  for (const [place, id] of value.entries()) {
    if (typeof id !== 'string') return `[${place}]: ${shown(id)} is not a text; use an id of a delivery record`;
    if (seen.has(id.toLowerCase())) return `[${place}]: ${shown(id)} must not repeat`;
    seen.add(id.toLowerCase());
  }
  return undefined;
}
