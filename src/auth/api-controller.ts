import { applyDecorators, Controller, UseFilters, UseGuards, UsePipes, VERSION_NEUTRAL } from '@nestjs/common';
import { StrictValidationPipe } from '../common/strict-validation.pipe.js';
import { ApiErrorFilter } from './api-error.filter.js';
import { BearerGuard } from './bearer.guard.js';
import { ScopesGuard } from './scopes.guard.js';

/**
 * Declares a controller of this package. Guards, validation and the error format apply to this controller only. Routes of
 * a host application keep their own. Versioning of the host application does not apply.
 *
 * @param path relative to the path of the module
 */
export function ApiController(path: string): ClassDecorator {
  return applyDecorators(
    Controller({ path, version: VERSION_NEUTRAL }),
    UseGuards(BearerGuard, ScopesGuard),
    UsePipes(StrictValidationPipe),
    UseFilters(ApiErrorFilter),
  );
}
