import { Injectable } from '@nestjs/common';
import { JwtService } from '@nestjs/jwt';
import { Authenticator, DomainError, type Caller } from 'docmap-webhooks';

interface Claims {
  sub?: string;
  jti?: string;
  services?: boolean;
}

@Injectable()
export class JwtAuthenticator extends Authenticator {
  constructor(private readonly jwt: JwtService) {
    super();
  }

  override async authenticate(token: string): Promise<Caller> {
    const claims = await this.jwt.verifyAsync<Claims>(token).catch((cause: Error) => {
      throw new DomainError('UNAUTHORIZED', `The token is not valid: ${cause.message}.`, { cause });
    });
    if (!claims.sub) throw new DomainError('UNAUTHORIZED', 'The token names no user (sub).');
    return {
      userId: claims.sub,
      keyId: claims.jti ?? 'none',
      scopes: claims.services ? ['webhooks', 'events:publish'] : ['webhooks'],
    };
  }
}
