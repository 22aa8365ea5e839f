import { HttpService } from '@nestjs/axios';

/**
 * The `HttpService` whose connections follow the target policy. It has its own token: a host application that injects
 * `HttpService` gets the service that the host imports.
 */
export class WebhookHttpService extends HttpService {}
