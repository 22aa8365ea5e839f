import { Injectable, type CallHandler, type ExecutionContext, type NestInterceptor } from '@nestjs/common';
import { map, type Observable } from 'rxjs';
import { exactJson } from '../common/exact-number.js';
import type { HttpReply } from '../common/http-messages.js';

/** Writes all digits of numbers in filters. JSON.stringify would write the nearest JavaScript number. */
@Injectable()
export class ExactAnswerInterceptor implements NestInterceptor {
  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    return next.handle().pipe(
      map((answer: unknown) => {
        const text = exactJson(answer);
        if (text === JSON.stringify(answer)) return answer;
        context.switchToHttp().getResponse<HttpReply>().header('content-type', 'application/json; charset=utf-8');
        return text;
      }),
    );
  }
}
