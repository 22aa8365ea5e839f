import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import { ApiParam } from '@nestjs/swagger';
import { OwnParameter } from './host-enhancers.js';

const parameter = createParamDecorator(({ name }: OwnParameter, context: ExecutionContext): string => {
  const { params } = context.switchToHttp().getRequest<{ params: Record<string, string> }>();
  return params[name] ?? '';
});

/** A parameter of the path as the caller spelled it. Pipes of the application that this package is part of do not see it. */
export function PathParameter(name: string): ParameterDecorator {
  return (target, key, index) => {
    parameter(new OwnParameter(name))(target, key, index);
    const descriptor = key && Object.getOwnPropertyDescriptor(target, key);
    if (key && descriptor) ApiParam({ name, type: String })(target, key, descriptor);
  };
}
