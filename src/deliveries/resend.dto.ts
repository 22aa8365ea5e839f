import { ApiProperty, ApiSchema } from '@nestjs/swagger';
import { IdList, MOST_IDS } from '../common/validation.js';
import { text, type Phrase, type PhraseValue } from '../translations/phrase.js';

const notText = (field: PhraseValue, value: PhraseValue): Phrase =>
  text('{{field}}: {{value}} is not a text; use an id of a delivery record', { field, value });

/** The records whose deliveries to queue again. */
@ApiSchema({ name: 'ResendDeliveries' })
export class ResendDeliveriesDto {
  /** Ids of delivery records, each once. */
  @IdList(text('an array of 1 to {{most}} ids of delivery records', { most: MOST_IDS }), notText, {
    isId: (value) => typeof value === 'string',
    keyOf: (id) => id.toLowerCase(),
  })
  @ApiProperty({
    type: [String],
    minItems: 1,
    maxItems: MOST_IDS,
    uniqueItems: true,
    example: ['01948432-9d6c-7c3e-8f1a-2b3c4d5e6f70'],
  })
  ids: string[];
}
