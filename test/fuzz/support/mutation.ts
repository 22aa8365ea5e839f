import type { Plan, WireRequest } from './plan.js';

/** One change to a valid request. */
export interface Mutation {
  name: string;
  plan?: (plan: Plan) => Plan;
  wire?: (request: WireRequest) => WireRequest;
}

/** A change to a part of a request. */
export type Change<Part> = (part: Part) => Part;

export function onPlan(name: string, plan: Change<Plan>): Mutation {
  return { name, plan };
}

export function onWire(name: string, wire: Change<WireRequest>): Mutation {
  return { name, wire };
}

export function withHeader(name: string, value: string): Change<WireRequest> {
  return (request) => ({
    ...request,
    headers: [...request.headers.filter(([key]) => key !== name), [name, value]],
  });
}
