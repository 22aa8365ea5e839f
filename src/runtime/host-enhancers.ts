import type {
  ArgumentMetadata,
  CallHandler,
  ExecutionContext,
  NestInterceptor,
  PipeTransform,
  Type,
} from '@nestjs/common';
import type { ApplicationConfig } from '@nestjs/core';

/** Marks parameters of our handlers that have no class of their own: the name of a path parameter, or the caller. */
export class OwnParameter {
  constructor(readonly name: string) {}
}

/** Classes that parameters of host applications have too. */
const COMMON_TYPES = new Set<unknown>([String, Number, Boolean, Object, Array, Date, Promise, Function, undefined]);

type RequestScoped = ReturnType<ApplicationConfig['getGlobalRequestPipes']>[number];
type RequestScopedInterceptor = ReturnType<ApplicationConfig['getGlobalRequestInterceptors']>[number];

/**
 * Keeps global pipes and interceptors of the application away from our controllers: they would change the values that our
 * routes accept, and the form of their answers. Everything else of the application passes through them as before.
 *
 * Call it when all providers exist and before Nest registers the routes, which is when it reads the lists.
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

/** The classes of the parameters of all handlers, which the compiler has recorded. */
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

/** A request-scoped enhancer: Nest asks the wrapper for the instance of each request. */
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
