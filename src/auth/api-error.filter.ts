import { Catch, Optional } from '@nestjs/common';
import { ApiRoot } from '../common/api-root.js';
import { DomainErrorFilter } from '../common/domain-error.filter.js';
import { translateDatabaseError } from '../database/prisma-errors.js';

/** Sends the errors of this package's routes. Errors of an unavailable database become `SERVICE_UNAVAILABLE`. */
@Catch()
export class ApiErrorFilter extends DomainErrorFilter {
  constructor(@Optional() root?: ApiRoot) {
    super(translateDatabaseError, root);
  }
}
