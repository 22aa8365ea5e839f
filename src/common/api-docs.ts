import { applyDecorators, HttpCode, type Type } from '@nestjs/common';
import { ApiBody, ApiExtraModels, ApiProperty, ApiResponse, ApiSchema, getSchemaPath } from '@nestjs/swagger';
import { ERROR_STATUS, type ErrorCode } from './domain-error.js';

/** The error of a response. */
@ApiSchema({ name: 'ErrorDetail' })
class ErrorDetailDto {
  @ApiProperty({
    description: 'The code of the error. It is stable: branch on it.',
    enum: Object.keys(ERROR_STATUS),
    example: 'NOT_FOUND',
  })
  code: ErrorCode;

  @ApiProperty({ description: 'An explanation for people. It names the field at fault.' })
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
 * @param example the body that Swagger UI proposes. It must work for every caller and change little
 * @param others further examples, by name
 */
export function ApiJsonBody(
  type: Type,
  example: object,
  {
    required = true,
    others = {},
  }: { required?: boolean; others?: Record<string, { summary: string; value: object }> } = {},
) {
  return ApiBody({ type, required, examples: { example: { summary: 'Example', value: example }, ...others } });
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
export function ApiData(model: Type, options: DataOptions) {
  return applyDecorators(HttpCode(options.status ?? 200), ApiDataResponse(model, options));
}

/** Documents an answer with `{ data: model }` of a route that sets its status itself. */
export function ApiDataResponse(
  model: Type,
  { name, status = 200, description, isArray = false, example }: DataOptions,
) {
  class ResponseDto {}
  ApiSchema({ name })(ResponseDto);
  ApiProperty({ type: model, isArray })(ResponseDto.prototype, 'data');
  return ApiResponse({
    status,
    description,
    type: ResponseDto,
    ...(example === undefined ? {} : { example: { data: example } }),
  });
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

/** The meaning of each code, as the documentation shows it. */
const ERROR_MEANING: Record<ErrorCode, string> = {
  VALIDATION_ERROR: 'A value of the body, the query or the path is invalid. The message names each field.',
  MAX_WEBHOOKS_REACHED:
    'The user has reached a limit: ten active webhooks by default, or 100 of any state. Delete one first.',
  MAX_KEYS_REACHED: 'The user has ten active API keys. Revoke one before you create another.',
  UNAUTHORIZED: 'The API key is missing, malformed, unknown, revoked or expired.',
  FORBIDDEN: 'The object belongs to another user, or the API key lacks the scope.',
  NOT_FOUND: 'No object has this id.',
  METHOD_NOT_ALLOWED: 'The path does not take this method. `Allow` lists the methods that it takes.',
  CONFLICT: 'An earlier request used this idempotency key with another body.',
  PAYLOAD_TOO_LARGE: 'The body is larger than the limit.',
  UNSUPPORTED_MEDIA_TYPE: 'The body is not JSON, is compressed, or declares a charset other than UTF-8.',
  RATE_LIMITED:
    'Too many requests of this user, or too many without a valid key from this address. `Retry-After` gives the wait in seconds.',
  INTERNAL_ERROR: 'The service failed.',
  SERVICE_UNAVAILABLE:
    'The database does not answer, or the service is stopping. `Retry-After` gives the wait in seconds.',
};

/** Errors of every route that needs a key. Even a route without input may get a malformed path or body. */
const COMMON_ERRORS: ErrorCode[] = [
  'VALIDATION_ERROR',
  'UNAUTHORIZED',
  'FORBIDDEN',
  'RATE_LIMITED',
  'INTERNAL_ERROR',
  'SERVICE_UNAVAILABLE',
];

/** Documents the errors of a route that needs a key: the given codes and {@link COMMON_ERRORS}. */
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
