import { Controller, Get } from '@nestjs/common';
import { ApiOkResponse, ApiResponse, ApiTags, getSchemaPath } from '@nestjs/swagger';
import { Public } from '../auth/auth.decorators.js';
import { ErrorDto } from '../common/api-docs.js';
import { DomainError } from '../common/domain-error.js';
import { PrismaService } from '../database/prisma.service.js';

const OK_SCHEMA = { type: 'object', required: ['status'], properties: { status: { type: 'string', enum: ['ok'] } } };

@ApiTags('Operation')
@Public()
@Controller('health')
export class HealthController {
  constructor(private readonly prisma: PrismaService) {}

  /** Says that the process runs. Restart it when this does not answer. */
  @Get()
  @ApiOkResponse({ description: 'It runs.', schema: OK_SCHEMA })
  live() {
    return { status: 'ok' };
  }

  /** Says that the process can serve: its database answers. Send it no requests while it does not. */
  @Get('ready')
  @ApiOkResponse({ description: 'It can serve.', schema: OK_SCHEMA })
  @ApiResponse({
    status: 503,
    description: '`SERVICE_UNAVAILABLE`: the database does not answer.',
    content: { 'application/json': { schema: { $ref: getSchemaPath(ErrorDto) } } },
  })
  async ready() {
    await this.prisma.$queryRaw`SELECT 1`.catch((error: unknown) => {
      throw new DomainError('SERVICE_UNAVAILABLE', 'The database does not answer.', {
        retryAfterSeconds: 1,
        cause: error,
      });
    });
    return { status: 'ok' };
  }
}
