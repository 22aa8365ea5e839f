import { Body, Get, Headers, Post } from '@nestjs/common';
import { ApiBearerAuth, ApiHeader, ApiTags } from '@nestjs/swagger';
import { ApiController } from '../auth/api-controller.js';
import { PathParameter } from '../runtime/path-parameter.js';
import { Traceparent } from '../runtime/traceparent.decorator.js';
import { JsonText } from '../common/json-text.js';
import { CurrentCaller, Scopes } from '../auth/auth.decorators.js';
import type { Caller } from '../auth/caller.js';
import { ApiData, ApiErrors, ApiJsonBody } from '../common/api-docs.js';
import { DomainError } from '../common/domain-error.js';
import { EventTypes } from '../webhooks/event-types.js';
import { AcceptedEventDto, EventDto, PublishBatchDto, PublishEventDto } from './events.dto.js';
import { EventsService } from './events.service.js';
import { publishedEvent, publishedEvents } from './publish-body.js';

const IDEMPOTENCY_HEADER = {
  name: 'Idempotency-Key',
  required: false,
  description:
    'Makes it safe to repeat the request. A request with the same key and body gets the same response. Its events are stored and queued only once.',
  schema: { type: 'string', minLength: 1, maxLength: 255, pattern: '^[\\x21-\\x7e]+$' },
} as const;

const TRACE_HEADER = {
  name: 'traceparent',
  required: false,
  description:
    'The trace of the caller, in the form of W3C Trace Context. It is kept with the events: their deliveries join the trace. An invalid value is ignored.',
  schema: { type: 'string' },
} as const;

/** `uid_local` is the user of the first API key: a reader who tries this example gets the event. */
const EVENT_EXAMPLE = {
  event: 'extraction.completed',
  userId: 'uid_local',
  extractionId: 'extract-xyz789',
  data: { pages: 3, confidence: 0.98 },
};
const FAILED_EVENT_EXAMPLE = {
  event: 'extraction.failed',
  userId: 'uid_local',
  extractionId: 'extract-uvw456',
  data: { reason: 'The document is encrypted.' },
};

@ApiTags('Events')
@ApiBearerAuth()
@ApiController('events')
export class EventsController {
  constructor(
    private readonly service: EventsService,
    private readonly types: EventTypes,
  ) {}

  /**
   * Accepts an event.
   *
   * @remarks
   * The event is queued for every active webhook of its user that subscribes to its type. 202 means that the event is on
   * disk. It is then delivered at least once, whatever crashes. Needs the scope `events:publish`.
   */
  @Post()
  @Scopes('events:publish')
  @ApiHeader(TRACE_HEADER)
  @ApiHeader(IDEMPOTENCY_HEADER)
  @ApiData(AcceptedEventDto, { name: 'AcceptedEventResponse', status: 202, description: 'The event is accepted.' })
  @ApiErrors('CONFLICT', 'PAYLOAD_TOO_LARGE', 'UNSUPPORTED_MEDIA_TYPE')
  @ApiJsonBody(PublishEventDto, EVENT_EXAMPLE)
  async publishEvent(
    @CurrentCaller() caller: Caller,
    @Body() body: JsonText,
    @Headers('Idempotency-Key') key: string | undefined,
    @Traceparent() traceparent: string | null,
  ) {
    const options = { key: checkedKey(key), traceparent };
    const [data] = await this.service.accept(caller, publishedEvent(body, this.types), options);
    return { data };
  }

  /**
   * Accepts up to 500 events, all of them or none.
   *
   * @remarks
   * Needs the scope `events:publish`.
   */
  @Post('batch')
  @Scopes('events:publish')
  @ApiHeader(TRACE_HEADER)
  @ApiHeader(IDEMPOTENCY_HEADER)
  @ApiData(AcceptedEventDto, {
    name: 'AcceptedEventPage',
    status: 202,
    isArray: true,
    description: 'The accepted events, in the order of the request.',
  })
  @ApiErrors('CONFLICT', 'PAYLOAD_TOO_LARGE', 'UNSUPPORTED_MEDIA_TYPE')
  @ApiJsonBody(PublishBatchDto, { events: [EVENT_EXAMPLE, FAILED_EVENT_EXAMPLE] })
  async publishEvents(
    @CurrentCaller() caller: Caller,
    @Body() body: JsonText,
    @Headers('Idempotency-Key') key: string | undefined,
    @Traceparent() traceparent: string | null,
  ) {
    const options = { key: checkedKey(key), traceparent };
    return { data: await this.service.accept(caller, await publishedEvents(body, this.types), options) };
  }

  /**
   * Shows an event and the state of each of its deliveries.
   *
   * @remarks
   * A key with the scope `events:publish` or `admin` shows events of any user. Any other key shows only those of its own user.
   */
  @Get(':id')
  @Scopes('events:publish', 'webhooks')
  @ApiData(EventDto, { name: 'EventResponse', description: 'The event.' })
  @ApiErrors('NOT_FOUND')
  async getEvent(@CurrentCaller() caller: Caller, @PathParameter('id') id: string) {
    return { data: await this.service.get(caller, id) };
  }
}

function checkedKey(key: string | undefined): string | undefined {
  if (key !== undefined && !/^[\x21-\x7e]{1,255}$/.test(key)) {
    throw new DomainError('VALIDATION_ERROR', 'Idempotency-Key must be 1 to 255 visible ASCII characters');
  }
  return key;
}
