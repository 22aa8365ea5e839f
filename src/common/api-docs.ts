import { applyDecorators, HttpCode, type Type } from '@nestjs/common';
import { ApiBody, ApiExtraModels, ApiProperty, ApiResponse, ApiSchema, getSchemaPath } from '@nestjs/swagger';
import { ERROR_STATUS, type ErrorCode } from './domain-error.js';

/** What went wrong. */
@ApiSchema({ name: 'ErrorDetail' })
class ErrorDetailDto {
  @ApiProperty({ description: 'A stable code to branch on.', enum: Object.keys(ERROR_STATUS), example: 'NOT_FOUND' })
  code: ErrorCode;

  @ApiProperty({ description: 'An explanation for people; it names the field at fault.' })
  message: string;
}

/** The form of every error. */
@ApiSchema({ name: 'ErrorResponse' })
export class ErrorDto {
  @ApiProperty({ type: ErrorDetailDto })
  error: ErrorDetailDto;
}

/**
 * Documents the JSON body of a request.
 *
 * @param example proposed by the documentation page: it must work for anyone who sends it, and change little
 */
export function ApiJsonBody(type: Type, example: object, { required = true } = {}) {
  return ApiBody({ type, required, examples: { example: { summary: 'Example', value: example } } });
}

interface DataOptions {
  /** The name of the response's schema, such as `WebhookResponse`. */
  name: string;
  status?: number;
  description: string;
  isArray?: boolean;
  example?: unknown;
}

/** Answers with `{ data: model }` and the given status, and documents it. */
export function ApiData(model: Type, { name, status = 200, description, isArray = false, example }: DataOptions) {
  class ResponseDto {}
  ApiSchema({ name })(ResponseDto);
  ApiProperty({ type: model, isArray })(ResponseDto.prototype, 'data');
  return applyDecorators(
    HttpCode(status),
    ApiResponse({
      status,
      description,
      type: ResponseDto,
      ...(example === undefined ? {} : { example: { data: example } }),
    }),
  );
}

@ApiSchema({ name: 'Deleted' })
class DeletedDto {
  @ApiProperty({ description: 'Always true.', example: true })
  success: boolean;
}

/** Documents that a deletion answers `{ success: true }`. */
export function ApiSuccess(description: string) {
  return applyDecorators(HttpCode(200), ApiResponse({ status: 200, description, type: DeletedDto }));
}

/** What each code means to a caller; the text of the documentation. */
const ERROR_MEANING: Record<ErrorCode, string> = {
  VALIDATION_ERROR: 'A body, query or path value is invalid; the message names each field.',
  MAX_WEBHOOKS_REACHED: 'Ten active webhooks exist. Delete one before you create another.',
  MAX_KEYS_REACHED: 'Ten active API keys exist. Revoke one before you create another.',
  UNAUTHORIZED: 'The API key is missing, malformed, unknown, revoked or expired.',
  FORBIDDEN: 'It belongs to another user, or the API key lacks the scope.',
  NOT_FOUND: 'There is nothing with this id.',
  METHOD_NOT_ALLOWED: 'The path does not take this method; `Allow` names those that it takes.',
  CONFLICT: 'The idempotency key was used with another body.',
  PAYLOAD_TOO_LARGE: 'The body is over the limit.',
  UNSUPPORTED_MEDIA_TYPE: 'The body is not JSON, is compressed, or is declared in another charset than UTF-8.',
  RATE_LIMITED: 'Too many requests of this user, or without a valid key; `Retry-After` says when to go on.',
  INTERNAL_ERROR: 'Something went wrong on our side.',
  SERVICE_UNAVAILABLE: 'The database is out of reach or the service is stopping; `Retry-After` says when to try again.',
};

/** Errors that any route may answer: also where nothing is read of it, a path or a body may be malformed. */
const COMMON_ERRORS: ErrorCode[] = [
  'VALIDATION_ERROR',
  'UNAUTHORIZED',
  'FORBIDDEN',
  'RATE_LIMITED',
  'INTERNAL_ERROR',
  'SERVICE_UNAVAILABLE',
];

/** Documents the errors of a route that needs a key: the given ones and those that any such route may answer. */
export function ApiErrors(...codes: ErrorCode[]) {
  return ApiOpenErrors(...COMMON_ERRORS, ...codes);
}

/** Documents all errors of a route that needs no key. */
export function ApiOpenErrors(...codes: ErrorCode[]) {
  const byStatus = new Map<number, ErrorCode[]>();
  for (const code of codes) {
    byStatus.set(ERROR_STATUS[code], [...(byStatus.get(ERROR_STATUS[code]) ?? []), code]);
  }
  const responses = [...byStatus].map(([status, alike]) =>
    ApiResponse({
      status,
      description: alike.map((code) => `\`${code}\`: ${ERROR_MEANING[code]}`).join('\n\n'),
      content: {
        'application/json': {
          schema: { $ref: getSchemaPath(ErrorDto) },
          examples: Object.fromEntries(
            alike.map((code) => [code, { value: { error: { code, message: ERROR_MEANING[code] } } }]),
          ),
        },
      },
    }),
  );
  return applyDecorators(ApiExtraModels(ErrorDto), ...responses);
}
