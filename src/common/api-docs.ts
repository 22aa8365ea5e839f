import { applyDecorators, HttpCode, type Type } from '@nestjs/common';
import { ApiExtraModels, ApiProperty, ApiResponse, getSchemaPath } from '@nestjs/swagger';
import { ERROR_STATUS, type ErrorCode } from './domain-error.js';

/** What went wrong. */
class ErrorDetailDto {
  /** A stable code to branch on. */
  @ApiProperty({ enum: Object.keys(ERROR_STATUS) })
  code: ErrorCode;

  /** An explanation for people; it names the field at fault. */
  @ApiProperty()
  message: string;
}

/** The form of every error. */
export class ErrorDto {
  @ApiProperty({ type: ErrorDetailDto })
  error: ErrorDetailDto;
}

interface DataOptions {
  status?: number;
  description: string;
  isArray?: boolean;
  example?: unknown;
}

/** Answers with `{ data: model }` and the given status, and documents it. */
export function ApiData(model: Type, { status = 200, description, isArray = false, example }: DataOptions) {
  const item = { $ref: getSchemaPath(model) };
  return applyDecorators(
    HttpCode(status),
    ApiExtraModels(model),
    ApiResponse({
      status,
      description,
      schema: {
        type: 'object',
        required: ['data'],
        properties: { data: isArray ? { type: 'array', items: item } : item },
        ...(example === undefined ? {} : { example: { data: example } }),
      },
    }),
  );
}

/** Documents that a deletion answers `{ success: true }`. */
export function ApiSuccess(description: string) {
  return applyDecorators(
    HttpCode(200),
    ApiResponse({
      status: 200,
      description,
      schema: { type: 'object', required: ['success'], properties: { success: { type: 'boolean', enum: [true] } } },
    }),
  );
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

/** Documents the errors of a route: the given ones and those that any route may answer. */
export function ApiErrors(...codes: ErrorCode[]) {
  const byStatus = new Map<number, ErrorCode[]>();
  for (const code of [...COMMON_ERRORS, ...codes]) {
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
