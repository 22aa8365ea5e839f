import { Body, Delete, Get, Post } from '@nestjs/common';
import { ApiBearerAuth, ApiTags } from '@nestjs/swagger';
import { PathParameter } from '../runtime/path-parameter.js';
import { ApiController } from './api-controller.js';
import { ApiData, ApiErrors, ApiSuccess } from '../common/api-docs.js';
import { ApiKeyDto, CreateApiKeyDto, CreatedApiKeyDto } from './api-keys.dto.js';
import { ApiKeysService } from './api-keys.service.js';
import { CurrentCaller } from './auth.decorators.js';
import type { Caller } from './caller.js';

@ApiTags('API keys')
@ApiBearerAuth()
@ApiController('api-keys')
export class ApiKeysController {
  constructor(private readonly service: ApiKeysService) {}

  /** Creates an API key. The key is shown only in this answer. */
  @Post()
  @ApiData(CreatedApiKeyDto, { status: 201, description: 'The key, shown only here, and its properties.' })
  @ApiErrors('MAX_KEYS_REACHED', 'UNSUPPORTED_MEDIA_TYPE', 'PAYLOAD_TOO_LARGE')
  async create(@CurrentCaller() caller: Caller, @Body() body: CreateApiKeyDto) {
    return { data: await this.service.create(caller, body) };
  }

  /** Lists the caller's active API keys, newest first. */
  @Get()
  @ApiData(ApiKeyDto, { isArray: true, description: 'The active keys.' })
  @ApiErrors()
  async list(@CurrentCaller() caller: Caller) {
    return { data: await this.service.list(caller) };
  }

  /** Revokes an API key. From the next request on it is refused. */
  @Delete(':id')
  @ApiSuccess('The key is revoked.')
  @ApiErrors('NOT_FOUND', 'UNSUPPORTED_MEDIA_TYPE', 'PAYLOAD_TOO_LARGE')
  async revoke(@CurrentCaller() caller: Caller, @PathParameter('id') id: string) {
    await this.service.revoke(caller, id);
    return { success: true };
  }
}
