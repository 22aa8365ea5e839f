import { applyDecorators, Controller, UseFilters, UseGuards, UsePipes, VERSION_NEUTRAL } from '@nestjs/common';
import { StrictValidationPipe } from '../common/strict-validation.pipe.js';
import { ApiErrorFilter } from './api-error.filter.js';
import { BearerGuard } from './bearer.guard.js';
import { ScopesGuard } from './scopes.guard.js';

/**
 * A controller of this package. Its guards, validation and form of errors belong to the controller: an application that it
 * is part of keeps its own for its own routes. A versioning of the application does not apply.
 *
 * @param path below the path of the module
 */
export function ApiController(path: string): ClassDecorator {
  return applyDecorators(
    Controller({ path, version: VERSION_NEUTRAL }),
    UseGuards(BearerGuard, ScopesGuard),
    UsePipes(StrictValidationPipe),
    UseFilters(ApiErrorFilter),
  );
}
