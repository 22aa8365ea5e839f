import { Controller, HttpCode, Param, Post, UseFilters, UseGuards } from '@nestjs/common';
import { ApiErrorFilter, BearerGuard, CurrentCaller, type Caller } from 'docmap-webhooks';
import { ArchiveService } from './archive.service.js';
import { DocumentsService } from './documents.service.js';

@UseGuards(BearerGuard)
@UseFilters(ApiErrorFilter)
@Controller('documents')
export class DocumentsController {
  constructor(
    private readonly documents: DocumentsService,
    private readonly archives: ArchiveService,
  ) {}

  @Post(':id/complete')
  @HttpCode(204)
  complete(@CurrentCaller() caller: Caller, @Param('id') id: string): Promise<void> {
    return this.documents.complete(caller.userId, id);
  }

  @Post(':id/fail')
  fail(@CurrentCaller() caller: Caller, @Param('id') id: string) {
    return this.documents.fail(caller.userId, id, 'It is encrypted.');
  }

  @Post(':id/archive')
  archive(@CurrentCaller() caller: Caller, @Param('id') id: string): Promise<void> {
    return this.archives.archive(caller.userId, id);
  }
}
