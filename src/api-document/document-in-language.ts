import type { OpenAPIObject } from '@nestjs/swagger';
import type { IncomingHttpHeaders } from 'node:http';
import { answerLanguage } from '../common/answer-language.js';
import { koreanDocument } from '../translations/document-texts.js';

/** The part of a response of Fastify or Express that is used here. */
interface DocumentReply {
  getHeader(name: string): unknown;
  header(name: string, value: string): unknown;
}

const koreanDocuments = new WeakMap<OpenAPIObject, OpenAPIObject>();

/**
 * Chooses the language of the OpenAPI document by the `Accept-Language` of a request. For the option `patchDocumentOnRequest`
 * of `SwaggerModule.setup`. The Korean document is made at the first request for it.
 *
 * Descriptions of this package are translated. Those of an application stay as they are.
 */
export function documentInLanguage(
  request: { headers: IncomingHttpHeaders },
  reply: DocumentReply,
  document: OpenAPIObject,
): OpenAPIObject {
  if (answerLanguage(request, reply) === 'en') return document;
  const korean = koreanDocuments.get(document) ?? koreanDocument(document);
  koreanDocuments.set(document, korean);
  return korean;
}
