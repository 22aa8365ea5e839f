import { describe, expect, it } from '@jest/globals';
import { IdleConnections } from './idle-connections.js';

describe('Idle connections', () => {
  it('are closed from the oldest when there are too many', () => {
    const closed: number[] = [];
    const idle = new IdleConnections(2);
    const connections = [0, 1, 2, 3].map((number) => ({ close: () => closed.push(number) }));
    const [first, second, third, fourth] = connections as [(typeof connections)[0], ...typeof connections];
    idle.add(first);
    idle.add(second!);
    idle.delete(first);
    idle.add(third!);
    expect(closed).toEqual([]);
    idle.add(fourth!);
    expect(closed).toEqual([1]);
  });
});
