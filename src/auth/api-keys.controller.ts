import { Body, Delete, Get, Post, Query } from '@nestjs/common';
import { ApiBearerAuth, ApiTags } from '@nestjs/swagger';
import { ApiController } from './api-controller.js';
import { PathParameter } from '../runtime/path-parameter.js';
import { ApiData, ApiErrors, ApiJsonBody, ApiSuccess } from '../common/api-docs.js';
import { ApiKeyDto, CreateApiKeyDto, CreatedApiKeyDto, ListApiKeysDto } from './api-keys.dto.js';
import { ApiKeysService } from './api-keys.service.js';
import { CurrentCaller } from './auth.decorators.js';
import type { Caller } from './caller.js';

@ApiTags('API keys')
@ApiBearerAuth()
@ApiController('api-keys')
export class ApiKeysController {
  constructor(private readonly service: ApiKeysService) {}

  /**
   * Creates an API key.
   *
   * @remarks
   * Only this response has the key: store it at once, in a safe place. With the scope `admin`, `userId` names another owner.
   */
  @Post()
  @ApiJsonBody(CreateApiKeyDto, { name: 'Production server', expiresIn: '90d' })
  @ApiData(CreatedApiKeyDto, {
    name: 'CreatedApiKeyResponse',
    status: 201,
    description: 'The key and its properties.',
  })
  @ApiErrors('MAX_KEYS_REACHED', 'UNSUPPORTED_MEDIA_TYPE', 'PAYLOAD_TOO_LARGE')
  async createApiKey(@CurrentCaller() caller: Caller, @Body() body: CreateApiKeyDto) {
    return { data: await this.service.create(caller, body) };
  }

  /**
   * Lists the caller's active API keys, newest first.
   *
   * @remarks
   * Active keys are neither revoked nor expired. The list has at most ten, and never the key itself. With the scope `admin`,
   * `userId` lists the keys of another user.
   */
  @Get()
  @ApiData(ApiKeyDto, { name: 'ApiKeyPage', isArray: true, description: 'The active keys.' })
  @ApiErrors()
  async listApiKeys(@CurrentCaller() caller: Caller, @Query() query: ListApiKeysDto) {
    return { data: await this.service.list(caller, query) };
  }

  /**
   * Revokes an API key.
   *
   * @remarks
   * When this request is answered, every process refuses the key.
   */
  @Delete(':id')
  @ApiSuccess('The key is revoked.')
  @ApiErrors('NOT_FOUND', 'UNSUPPORTED_MEDIA_TYPE', 'PAYLOAD_TOO_LARGE')
  async revokeApiKey(@CurrentCaller() caller: Caller, @PathParameter('id') id: string) {
    await this.service.revoke(caller, id);
    return { success: true };
  }
}
