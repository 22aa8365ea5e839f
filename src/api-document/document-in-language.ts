import type { OpenAPIObject } from '@nestjs/swagger';
import { answerLanguage } from '../common/answer-language.js';
import type { HttpReply, HttpRequest } from '../common/http-messages.js';
import { koreanDocument } from '../translations/document-texts.js';

const koreanDocuments = new WeakMap<OpenAPIObject, OpenAPIObject>();

/**
 * Chooses the language of the OpenAPI document by the `Accept-Language` of a request. For the option `patchDocumentOnRequest`
 * of `SwaggerModule.setup`. The Korean document is made at the first request for it.
 *
 * Descriptions of this package are translated. Those of an application stay as they are.
 */
export function documentInLanguage(request: unknown, response: unknown, document: OpenAPIObject): OpenAPIObject {
  if (answerLanguage(request as HttpRequest, response as HttpReply) === 'en') return document;
  const korean = koreanDocuments.get(document) ?? koreanDocument(document);
  koreanDocuments.set(document, korean);
  return korean;
}
