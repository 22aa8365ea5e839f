import { Get } from '@nestjs/common';
import { ApiOkResponse, ApiProperty, ApiResponse, ApiSchema, ApiTags, getSchemaPath } from '@nestjs/swagger';
import { ApiController } from '../auth/api-controller.js';
import { Public } from '../auth/auth.decorators.js';
import { ApiOpenErrors, ErrorDto } from '../common/api-docs.js';
import { DomainError } from '../common/domain-error.js';
import { Readiness, REASONS } from './readiness.js';

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
   * Restart the process when this does not answer.
   */
  @Get()
  @ApiOpenErrors('VALIDATION_ERROR')
  @ApiOkResponse({ description: 'It runs.', type: HealthDto })
  getHealth() {
    return { status: 'ok' };
  }

  /**
   * Says whether the process can accept an event.
   *
   * @remarks
   * It can while the database takes a write within a second and the process is not stopping. Send it no requests while it
   * can not. Answers within 1.5 s.
   */
  @Get('ready')
  @ApiOpenErrors('VALIDATION_ERROR')
  @ApiOkResponse({ description: 'It can accept an event.', type: HealthDto })
  @ApiResponse({
    status: 503,
    description:
      '`SERVICE_UNAVAILABLE`: it can not. The message begins with one word and a colon: ' +
      `${Object.entries(REASONS)
        .map(([reason, meaning]) => `\`${reason}\` (${meaning})`)
        .join(', ')}. There may be more.`,
    content: { 'application/json': { schema: { $ref: getSchemaPath(ErrorDto) } } },
  })
  async getReadiness() {
    const reason = await this.readiness.reason();
    if (reason === undefined) return { status: 'ok' };
    throw new DomainError('SERVICE_UNAVAILABLE', `${reason}: ${REASONS[reason]}.`, { retryAfterSeconds: 1 });
  }
}
