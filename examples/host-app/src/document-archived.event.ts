import { ApiProperty } from '@nestjs/swagger';
import { IsString, Length } from 'class-validator';
import { defineEventType } from 'docmap-webhooks';

export class DocumentArchivedData {
  @IsString()
  @Length(1, 50)
  @ApiProperty({ type: String, maxLength: 50, description: 'The id of the document.' })
  documentId!: string;
}

export const documentArchived = defineEventType('document.archived', DocumentArchivedData, {
  description: 'A document was moved to the archive.',
  example: { documentId: 'doc-1' },
});
