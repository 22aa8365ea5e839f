import { Module } from '@nestjs/common';
import { AppConfig } from '../config/app-config.js';
import { OwnAddresses } from './own-addresses.js';
import { TargetPolicy } from './target-policy.js';

/** Where webhooks may lead. */
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
