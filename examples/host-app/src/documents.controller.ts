import { Controller, HttpCode, Param, Post, UseFilters, UseGuards } from '@nestjs/common';
import { ApiBearerAuth, ApiTags } from '@nestjs/swagger';
import { ApiErrorFilter, BearerGuard, CurrentCaller, type Caller } from 'docmap-webhooks';
import { DocumentsService } from './documents.service.js';

@ApiTags('Documents')
@ApiBearerAuth()
@UseGuards(BearerGuard)
@UseFilters(ApiErrorFilter)
@Controller('documents')
export class DocumentsController {
  constructor(private readonly documents: DocumentsService) {}

  @Post(':id/complete')
  @HttpCode(204)
  complete(@CurrentCaller() caller: Caller, @Param('id') id: string): Promise<void> {
    return this.documents.complete(caller.userId, id);
  }

  @Post(':id/fail')
  fail(@CurrentCaller() caller: Caller, @Param('id') id: string) {
    return this.documents.fail(caller.userId, id, 'The document is encrypted.');
  }

  @Post(':id/archive')
  @HttpCode(204)
  archive(@CurrentCaller() caller: Caller, @Param('id') id: string): Promise<void> {
    return this.documents.archive(caller.userId, id);
  }
}
