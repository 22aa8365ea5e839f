import { Catch, HttpException, Logger, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import type { Language } from '../translations/accepted-language.js';
import { inLanguage } from '../translations/in-language.js';
import { joined, phraseOf, text, type Phrase } from '../translations/phrase.js';
import { answerLanguage } from './answer-language.js';
import { ApiRoot } from './api-root.js';
import { DomainError, ERROR_STATUS, type ErrorCode } from './domain-error.js';
import { describeRequest, rawOf, type HttpReply, type HttpRequest } from './http-messages.js';

/** Translates an error of a library into a {@link DomainError}. Returns any other error unchanged. */
export type ErrorTranslator = (error: unknown) => unknown;

/** Sends every error of a route, guard or pipe as `{ error: { code, message } }`. */
@Catch()
export class DomainErrorFilter implements ExceptionFilter {
  private readonly logger = new Logger('Errors');

  /** @param root the path before every route of the API */
  constructor(
    private readonly translate: ErrorTranslator,
    private readonly root: ApiRoot = new ApiRoot(),
  ) {}

  catch(exception: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    this.answer(exception, http.getRequest<HttpRequest>(), http.getResponse<HttpReply>());
  }

  /** Sends an error that occurs before the router has found a route or before the body is read. */
  answer(exception: unknown, request: HttpRequest, reply: HttpReply): void {
    const { errored } = rawOf(request);
    if (errored && exception === errored) {
      // Checked first, because its code, ECONNRESET, also stands for an unreachable database.
      this.logger.debug({
        ...describeRequest(request),
        msg: 'The client disconnected before the request body was complete.',
      });
      reply.status(ERROR_STATUS.VALIDATION_ERROR).send();
      return;
    }
    const error = toDomainError(this.translate(exception));
    if (error.code === 'INTERNAL_ERROR') {
      this.logger.error({ err: exception, ...describeRequest(request) });
    } else if (error.code === 'SERVICE_UNAVAILABLE') {
      this.logger.warn({ err: error.cause ?? error, ...describeRequest(request) });
    }
    if (error.retryAfterSeconds !== undefined) reply.header('retry-after', String(error.retryAfterSeconds));
    if (error.code === 'UNAUTHORIZED') reply.header('www-authenticate', 'Bearer');
    const message = bounded(this.messageOf(error, answerLanguage(request, reply)));
    reply.status(ERROR_STATUS[error.code]).send({ error: { code: error.code, message } });
  }

  private messageOf({ phrase, hint }: DomainError, language: Language): string {
    return inLanguage(hint ? joined([phrase, phraseOf(hint(this.root.path))], ' ') : phrase, language);
  }
}

/** Longest message of a response, in bytes of JSON text. The whole response then stays below 4 KiB. */
const MAX_MESSAGE_BYTES = 4_000;

/** Cuts a message that repeats too much of the caller's input. */
export function bounded(message: string): string {
  let text = message;
  for (let bytes = jsonBytes(text); bytes > MAX_MESSAGE_BYTES; bytes = jsonBytes(text)) {
    text = text.slice(0, Math.floor((text.length * MAX_MESSAGE_BYTES) / bytes) - 1).toWellFormed();
  }
  return text === message ? message : `${text}…`;
}

function jsonBytes(text: string): number {
  return Buffer.byteLength(JSON.stringify(text));
}

function toDomainError(error: unknown): DomainError {
  if (error instanceof DomainError) return error;
  const status = statusOf(error);
  const code = status === undefined ? undefined : CODE_BY_STATUS[status];
  if (code === undefined) return new DomainError('INTERNAL_ERROR', 'Something went wrong on our side.');
  if (isBadUrl(error)) return new DomainError(code, "The request's path can't be decoded.");
  return new DomainError(code, MESSAGE_BY_CODE[code] ?? (error as Error).message);
}

/** Fastify's message for a malformed URL repeats the whole URL, which may hold a secret. */
function isBadUrl(error: unknown): boolean {
  return (error as { code?: unknown }).code === 'FST_ERR_BAD_URL';
}

/** The HTTP status of an exception of Nest or an error of Fastify. */
function statusOf(error: unknown): number | undefined {
  if (error instanceof HttpException) return error.getStatus();
  const status = (error as { statusCode?: unknown } | null)?.statusCode;
  return typeof status === 'number' ? status : undefined;
}

const CODE_BY_STATUS: Record<number, ErrorCode> = {
  400: 'VALIDATION_ERROR',
  401: 'UNAUTHORIZED',
  403: 'FORBIDDEN',
  404: 'NOT_FOUND',
  405: 'METHOD_NOT_ALLOWED',
  413: 'PAYLOAD_TOO_LARGE',
  414: 'VALIDATION_ERROR',
  415: 'UNSUPPORTED_MEDIA_TYPE',
  429: 'RATE_LIMITED',
  431: 'VALIDATION_ERROR',
  503: 'SERVICE_UNAVAILABLE',
};

/** Messages that replace those of libraries, which either do not help a caller or reveal internals. */
const MESSAGE_BY_CODE: Partial<Record<ErrorCode, Phrase>> = {
  PAYLOAD_TOO_LARGE: text('The request body is too large.'),
  UNSUPPORTED_MEDIA_TYPE: text('The request body must be JSON: send it with "Content-Type: application/json".'),
  NOT_FOUND: text('There is no such route.'),
  METHOD_NOT_ALLOWED: text('This path does not support the method.'),
  RATE_LIMITED: text('Too many requests.'),
  SERVICE_UNAVAILABLE: text('The service is not available at the moment.'),
};
