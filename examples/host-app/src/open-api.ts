import type { INestApplication } from '@nestjs/common';
import { DocumentBuilder, SwaggerModule } from '@nestjs/swagger';
import { describeWebhooks, documentInLanguage } from 'docmap-webhooks';

export function setUpSwagger(app: INestApplication): void {
  const config = new DocumentBuilder().setOpenAPIVersion('3.1.0').setTitle('Documents').addBearerAuth().build();
  SwaggerModule.setup('docs', app, () => describeWebhooks(app, SwaggerModule.createDocument(app, config)), {
    jsonDocumentUrl: 'openapi.json',
    patchDocumentOnRequest: documentInLanguage,
  });
}
