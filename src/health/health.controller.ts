import { Get } from '@nestjs/common';
import { ApiOkResponse, ApiProperty, ApiResponse, ApiSchema, ApiTags, getSchemaPath } from '@nestjs/swagger';
import { ApiController } from '../auth/api-controller.js';
import { Public } from '../auth/auth.decorators.js';
import { ApiOpenErrors, ErrorDto } from '../common/api-docs.js';
import { DomainError } from '../common/domain-error.js';
import { Readiness, REASONS } from './readiness.js';
import { text } from '../translations/phrase.js';

@ApiSchema({ name: 'Health' })
class HealthDto {
  @ApiProperty({ enum: ['ok'], example: 'ok' })
  status: string;
}

@ApiTags('Operation')
@Public()
@ApiController('health')
export class HealthController {
  constructor(private readonly readiness: Readiness) {}

  /**
   * Says that the process runs.
   *
   * @remarks
   * If this route does not answer, restart the process.
   */
  @Get()
  @ApiOpenErrors('VALIDATION_ERROR')
  @ApiOkResponse({ description: 'The process runs.', type: HealthDto })
  getHealth() {
    return { status: 'ok' };
  }

  /**
   * Says whether the process can accept an event.
   *
   * @remarks
   * 200 means that the database takes a write within a second, and that the process is not stopping. Send no requests to
   * the process after any other status. The route answers within 1.5 s.
   */
  @Get('ready')
  @ApiOpenErrors('VALIDATION_ERROR')
  @ApiOkResponse({ description: 'The process can accept an event.', type: HealthDto })
  @ApiResponse({
    status: 503,
    description:
      '`SERVICE_UNAVAILABLE`: the process cannot accept an event. The message begins with one word and a colon: ' +
      `${Object.entries(REASONS)
        .map(([reason, meaning]) => `\`${reason}\` (${String(meaning)})`)
        .join(', ')}. There may be more words.`,
    content: { 'application/json': { schema: { $ref: getSchemaPath(ErrorDto) } } },
  })
  async getReadiness() {
    const reason = await this.readiness.reason();
    if (reason === undefined) return { status: 'ok' };
    throw new DomainError(
      'SERVICE_UNAVAILABLE',
      text('{{reason}}: {{meaning}}.', { reason, meaning: REASONS[reason] }),
      { retryAfterSeconds: 1 },
    );
  }
}
