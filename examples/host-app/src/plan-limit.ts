import { Injectable } from '@nestjs/common';
import { WebhookLimit, type Caller } from 'docmap-webhooks';
import { Users } from './users.module.js';

@Injectable()
export class PlanLimit extends WebhookLimit {
  constructor(private readonly users: Users) {
    super();
  }

  override maxActive({ userId }: Caller): number {
    return this.users.planOf(userId) === 'free' ? 1 : 20;
  }
}
