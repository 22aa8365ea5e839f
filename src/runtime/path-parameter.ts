import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import { ApiParam } from '@nestjs/swagger';
import { OwnParameter } from './host-enhancers.js';

/** The metadata key of `@nestjs/swagger` for documented parameters. */
const API_PARAMETERS = 'swagger/apiParameters';

const parameter = createParamDecorator(({ name }: OwnParameter, context: ExecutionContext): string => {
  const { params } = context.switchToHttp().getRequest<{ params: Record<string, string> }>();
  return params[name] ?? '';
});

/** Injects a path parameter unchanged. Pipes of the host application do not see it. */
export function PathParameter(name: string): ParameterDecorator {
  return (target, key, index) => {
    parameter(new OwnParameter(name))(target, key, index);
    const descriptor = key && Object.getOwnPropertyDescriptor(target, key);
    if (!key || !descriptor) return;
    ApiParam({ name, type: String })(target, key, descriptor);
    // Parameter decorators run from last to first. Moving each new entry to the front keeps the declared order.
    const handler = descriptor.value as object;
    const documented = Reflect.getMetadata(API_PARAMETERS, handler) as unknown[];
    Reflect.defineMetadata(API_PARAMETERS, [documented.at(-1), ...documented.slice(0, -1)], handler);
  };
}
