import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import { ApiParam } from '@nestjs/swagger';
import { OwnParameter } from './host-enhancers.js';

/** Where `@nestjs/swagger` keeps the documented parameters of a handler. */
const API_PARAMETERS = 'swagger/apiParameters';

const parameter = createParamDecorator(({ name }: OwnParameter, context: ExecutionContext): string => {
  const { params } = context.switchToHttp().getRequest<{ params: Record<string, string> }>();
  return params[name] ?? '';
});

/** A parameter of the path as the caller spelled it. Pipes of the application that this package is part of do not see it. */
export function PathParameter(name: string): ParameterDecorator {
  return (target, key, index) => {
    parameter(new OwnParameter(name))(target, key, index);
    const descriptor = key && Object.getOwnPropertyDescriptor(target, key);
    if (!key || !descriptor) return;
    ApiParam({ name, type: String })(target, key, descriptor);
    // Decorators of parameters run from the last to the first.
    const handler = descriptor.value as object;
    const documented = Reflect.getMetadata(API_PARAMETERS, handler) as unknown[];
    Reflect.defineMetadata(API_PARAMETERS, [documented.at(-1), ...documented.slice(0, -1)], handler);
  };
}
