import { Injectable, Module } from '@nestjs/common';
import { ConfigService } from '@nestjs/config';
import { JwtModule } from '@nestjs/jwt';

@Injectable()
export class Users {
  planOf(userId: string): 'free' | 'paid' {
    return userId.startsWith('free-') ? 'free' : 'paid';
  }
}

@Module({
  imports: [
    JwtModule.registerAsync({
      inject: [ConfigService],
      useFactory: (config: ConfigService) => ({ secret: config.getOrThrow<string>('JWT_SECRET') }),
    }),
  ],
  providers: [Users],
  exports: [Users, JwtModule],
})
export class UsersModule {}
