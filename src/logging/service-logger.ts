import type { LoggerService } from '@nestjs/common';
import { pino, stdSerializers, type DestinationStream, type Level, type Logger } from 'pino';
import type { AppConfig, LogFormat } from '../config/app-config.js';
import { PrettyLog } from './pretty-log.js';

/** Contexts in which Nest logs every module and route of a start: about fifty lines without value for operators. */
const STARTUP_CONTEXTS = new Set([
  'InstanceLoader',
  'RoutesResolver',
  'RouterExplorer',
  'NestFactory',
  'NestApplication',
]);

/** The log of the service on standard output: JSON, one object per line, or readable lines. */
export class ServiceLogger implements LoggerService {
  private readonly pino: Logger;

  /**
   * @param config `logFormat` undefined: readable lines on a terminal, JSON otherwise
   * @param output receives pino's JSON
   */
  constructor({ logLevel, logFormat }: Pick<AppConfig, 'logLevel' | 'logFormat'>, output = outputOf(logFormat)) {
    this.pino = pino({ level: logLevel, serializers: { err: loggedError } }, output);
  }

  log(message: unknown, ...rest: unknown[]): void {
    if (!STARTUP_CONTEXTS.has(contextOf(rest) ?? '')) this.write('info', message, rest);
  }

  fatal(message: unknown, ...rest: unknown[]): void {
    this.write('fatal', message, rest);
  }

  error(message: unknown, ...rest: unknown[]): void {
    this.write('error', message, rest);
  }

  warn(message: unknown, ...rest: unknown[]): void {
    this.write('warn', message, rest);
  }

  debug(message: unknown, ...rest: unknown[]): void {
    if (!STARTUP_CONTEXTS.has(contextOf(rest) ?? '')) this.write('debug', message, rest);
  }

  verbose(message: unknown, ...rest: unknown[]): void {
    if (!STARTUP_CONTEXTS.has(contextOf(rest) ?? '')) this.write('trace', message, rest);
  }

  /** Nest's loggers pass a text or fields, then an optional text for the fields or a stack, then the context. */
  private write(level: Level, message: unknown, rest: unknown[]): void {
    if (!this.pino.isLevelEnabled(level)) return;
    const context = contextOf(rest);
    const [detail] = rest.slice(0, -1);
    const text = typeof detail === 'string' ? detail : undefined;
    if (message instanceof Error) this.pino[level]({ context, err: message }, text);
    else if (typeof message === 'object' && message !== null) this.pino[level]({ context, ...message }, text);
    else this.pino[level]({ context, ...(text === undefined ? {} : { stack: text }) }, String(message));
  }
}

function outputOf(format: LogFormat | undefined): DestinationStream {
  const forPeople = format === undefined ? process.stdout.isTTY : format === 'pretty';
  return forPeople ? new PrettyLog(process.stdout) : pino.destination(process.stdout.fd);
}

/** Nest's `Logger` passes its context as the last argument. */
function contextOf(rest: readonly unknown[]): string | undefined {
  const last = rest.at(-1);
  return typeof last === 'string' ? last : undefined;
}

/** Selects the loggable fields of an error. PostgreSQL's errors also contain rows, with URLs and secrets. */
function loggedError(error: Error): object {
  const { type, message, stack, code } = stdSerializers.err(error) as ReturnType<typeof stdSerializers.err> & {
    code?: unknown;
  };
  return { type, message, stack, code };
}
