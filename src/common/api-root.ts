import type { ApplicationConfig } from '@nestjs/core';

/** The path before every route of the API. Messages name routes as clients must call them. */
export class ApiRoot {
  /**
   * @param prefix the `path` of the module
   * @param application has the global prefix, which an application may set after its providers exist
   */
  constructor(
    private readonly prefix = 'v1',
    private readonly application?: ApplicationConfig,
  ) {}

  /** Such as `/v1`; empty when neither an application nor the module has a prefix. */
  get path(): string {
    return [this.application?.getGlobalPrefix() ?? '', this.prefix]
      .flatMap((part) => part.split('/'))
      .filter((segment) => segment !== '')
      .map((segment) => `/${segment}`)
      .join('');
  }
}
