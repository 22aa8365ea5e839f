import type { Operation } from './api-document.js';

/** The outcomes of the requests of one route. */
interface Count {
  requests: number;
  accepted: number;
  refused: Map<number, number>;
}

/** Counts requests by their intended route. */
export class Tally {
  private readonly counts = new Map<string, Count>();

  add(route: string, status: number): void {
    const count = this.of(route);
    count.requests += 1;
    if (status >= 200 && status < 300) count.accepted += 1;
    else count.refused.set(status, (count.refused.get(status) ?? 0) + 1);
    this.counts.set(route, count);
  }

  of(route: string): Count {
    return this.counts.get(route) ?? { requests: 0, accepted: 0, refused: new Map() };
  }

  /** The operations without an accepted request, or without a refused one if the document has refusals. */
  untested(operations: Operation[]): string[] {
    const isUntested = ({ name, responses }: Operation): boolean => {
      const { accepted, refused } = this.of(name);
      const mayRefuse = Object.keys(responses).some((status) => status.startsWith('4'));
      return accepted === 0 || (mayRefuse && refused.size === 0);
    };
    return operations.filter(isUntested).map(({ name }) => name);
  }

  /** A line for each route, and the sum. */
  lines(routes: number): string {
    const lines = [...this.counts].map(([route, { requests, accepted, refused }]) => {
      const statuses = [...refused]
        .toSorted(([a], [b]) => a - b)
        .map(([status, count]) => `${status || 'closed'} ${number(count)}`);
      return `${route.padEnd(52)} requests ${number(requests)}   accepted ${number(accepted)}   ${statuses.join('  ')}`;
    });
    const all = [...this.counts.values()];
    const requests = sum(all.map((count) => count.requests));
    const accepted = sum(all.map((count) => count.accepted));
    const failed = sum(
      all.flatMap(({ refused }) => [...refused].map(([status, count]) => (status >= 500 ? count : 0))),
    );
    const total = `requests ${number(requests)}   routes ${routes}   accepted ${number(accepted)}   refused ${number(requests - accepted)}   5xx ${failed}`;
    return [...lines, `${'fuzz'.padEnd(20)} ${total}`, ''].join('\n');
  }
}

function sum(numbers: number[]): number {
  return numbers.reduce((total, one) => total + one, 0);
}

function number(count: number): string {
  return count.toLocaleString('en');
}
