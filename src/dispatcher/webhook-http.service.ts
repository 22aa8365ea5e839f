import { HttpService } from '@nestjs/axios';

/**
 * The `HttpService` whose connections follow the target policy. It has a token of its own: a host application that injects
 * `HttpService` gets the one that the host imports.
 */
export class WebhookHttpService extends HttpService {}
