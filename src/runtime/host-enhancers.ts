import type {
  ArgumentMetadata,
  CallHandler,
  ExecutionContext,
  NestInterceptor,
  PipeTransform,
  Type,
} from '@nestjs/common';
import type { ApplicationConfig } from '@nestjs/core';

/** Marks handler parameters without a class of their own: a path parameter by its name, or the caller. */
export class OwnParameter {
  constructor(readonly name: string) {}
}

/** Types that parameters of host applications also have. */
const COMMON_TYPES = new Set<unknown>([String, Number, Boolean, Object, Array, Date, Promise, Function, undefined]);

type RequestScoped = ReturnType<ApplicationConfig['getGlobalRequestPipes']>[number];
type RequestScopedInterceptor = ReturnType<ApplicationConfig['getGlobalRequestInterceptors']>[number];

/**
 * Exempts our controllers from global pipes and interceptors of the application. They would change the values that our
 * routes accept, and the format of our responses. Other controllers are not affected.
 *
 * Call it after all providers exist, and before Nest registers the routes: Nest reads the lists then.
 */
export function exemptFromHostEnhancers(application: ApplicationConfig, controllers: ReadonlySet<Type>): void {
  const types = parameterTypesOf(controllers);
  const isOwn = ({ metatype, data }: ArgumentMetadata): boolean =>
    (data as unknown) instanceof OwnParameter || (metatype !== undefined && types.has(metatype));

  const pipe = (original: PipeTransform): PipeTransform => ({
    transform: (value, metadata) => (isOwn(metadata) ? value : original.transform(value, metadata)),
  });
  const interceptor = (original: NestInterceptor): NestInterceptor => ({
    intercept: (context: ExecutionContext, next: CallHandler) =>
      controllers.has(context.getClass()) ? next.handle() : original.intercept(context, next),
  });
  replaceEach(application.getGlobalPipes(), pipe);
  replaceEach(application.getGlobalInterceptors(), interceptor);
  replaceEach(application.getGlobalRequestPipes(), (wrapper) => scoped<PipeTransform, RequestScoped>(wrapper, pipe));
  replaceEach(application.getGlobalRequestInterceptors(), (wrapper) =>
    scoped<NestInterceptor, RequestScopedInterceptor>(wrapper, interceptor),
  );
}

/** The parameter types of all handlers, from the compiler's metadata. */
function parameterTypesOf(controllers: ReadonlySet<Type>): ReadonlySet<unknown> {
  const types = new Set<unknown>();
  for (const { prototype } of controllers) {
    for (const name of Object.getOwnPropertyNames(prototype)) {
      const recorded = Reflect.getMetadata('design:paramtypes', prototype as object, name) as unknown[] | undefined;
      for (const type of recorded ?? []) if (!COMMON_TYPES.has(type)) types.add(type);
    }
  }
  return types;
}

function replaceEach<Item>(items: Item[], replacement: (item: Item) => Item): void {
  items.forEach((item, index) => {
    items[index] = replacement(item);
  });
}

/** Wraps a request-scoped enhancer. Nest gets the instance for each request from the wrapper. */
function scoped<Enhancer, Wrapper extends { getInstanceByContextId: (...args: never[]) => { instance: unknown } }>(
  wrapper: Wrapper,
  replacement: (enhancer: Enhancer) => Enhancer,
): Wrapper {
  const getInstanceByContextId = (...args: never[]): { instance: unknown } => {
    const host = wrapper.getInstanceByContextId(...args);
    return host && { ...host, instance: replacement(host.instance as Enhancer) };
  };
  return Object.create(wrapper, { getInstanceByContextId: { value: getInstanceByContextId } }) as Wrapper;
}
