import { Controller, Get, ServiceUnavailableException } from '@nestjs/common';
import { Readiness } from 'docmap-webhooks';

@Controller('status')
export class HealthController {
  constructor(private readonly readiness: Readiness) {}

  @Get()
  async status(): Promise<{ webhooks: string }> {
    const reason = await this.readiness.reason();
    if (reason !== undefined) throw new ServiceUnavailableException({ webhooks: reason });
    return { webhooks: 'ready' };
  }
}
