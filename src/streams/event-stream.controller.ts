import { Get, Headers, Query, Req, Res } from '@nestjs/common';
import { ApiBearerAuth, ApiHeader, ApiOkResponse, ApiProduces, ApiQuery, ApiTags } from '@nestjs/swagger';
import { ApiController } from '../auth/api-controller.js';
import { CurrentCaller } from '../auth/auth.decorators.js';
import type { Caller } from '../auth/caller.js';
import { ApiErrors } from '../common/api-docs.js';
import type { HttpReply, HttpRequest } from '../common/http-messages.js';
import { StreamEventsDto } from './stream-events.dto.js';
import { StreamsService } from './streams.service.js';

const LAST_EVENT_ID = {
  name: 'Last-Event-ID',
  required: false,
  description:
    'The `id` of the last event that the client got. The stream goes on with the next one. Clients of server-sent events send it when they connect again.',
  schema: { type: 'string', format: 'uuid' },
} as const;

const STREAM_EXAMPLE = `retry: 2914

id: 01948432-9d6b-7a10-9b2c-3d4e5f607182
event: extraction.completed
data: {"type":"extraction.completed","timestamp":"2025-01-20T14:30:04.000Z","data":{"id":"extract-xyz789"}}

: heartbeat

`;

@ApiTags('Events')
@ApiBearerAuth()
@ApiController('events/stream')
export class EventStreamController {
  constructor(private readonly service: StreamsService) {}

  /**
   * Streams the events of the caller as server-sent events.
   *
   * @remarks
   * For clients that can't receive webhooks, for example behind a firewall. `id` is the id of the event, `event` its type, and
   * `data` the body that webhooks get. Each event comes at least once, in one order for all streams of a user, if the client
   * connects again with `Last-Event-ID`. A comment comes every 15 seconds. Needs the scope `webhooks`.
   *
   * If the server ends a stream, its last event is `error`, with the reason in `data`. The reasons are `SLOW_READER`,
   * `UNAUTHORIZED` (the key was revoked or has expired) and `SERVICE_UNAVAILABLE` (the process stops). A user may have five
   * streams per process of the service. A sixth gets `RATE_LIMITED`.
   */
  @Get()
  @ApiHeader(LAST_EVENT_ID)
  @ApiQuery({ name: 'filter', required: false, schema: { type: 'string' } })
  @ApiProduces('text/event-stream')
  @ApiOkResponse({ description: 'The stream.', schema: { type: 'string' }, example: STREAM_EXAMPLE })
  @ApiErrors()
  async streamEvents(
    @CurrentCaller() caller: Caller,
    @Query() query: StreamEventsDto,
    @Headers('Last-Event-ID') lastEventId: string | undefined,
    @Req() request: HttpRequest,
    @Res() reply: HttpReply,
  ): Promise<void> {
    await this.service.serve(caller, query, lastEventId, { request, reply });
  }
}
