import { Injectable } from '@nestjs/common';
import { Registry } from 'prom-client';

/** The metrics of this process. Each application in a process has its own. */
@Injectable()
export class MetricsRegistry extends Registry {}
