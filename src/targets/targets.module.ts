import { Module } from '@nestjs/common';
import { AppConfig } from '../config/app-config.js';
import { OwnAddresses } from './own-addresses.js';
import { TargetPolicy } from './target-policy.js';

/** The policy for the targets of webhooks. */
@Module({
  providers: [
    {
      provide: TargetPolicy,
      inject: [AppConfig],
      useFactory: (config: AppConfig) => new TargetPolicy(config, new OwnAddresses()),
    },
  ],
  exports: [TargetPolicy],
})
export class TargetsModule {}
