const ACCEPTED = 1;
const ARRIVED = 2;
const PREFIX = 'extract-';

/** The events of a soak, by number: which the service accepted, and which arrived. It takes nine bytes for each event. */
export class Ledger {
  private readonly states: Uint8Array;
  private readonly intended: Float64Array;
  accepted = 0;
  /** Arrivals of events that had arrived before. */
  repeated = 0;
  private acceptedAndArrived = 0;

  /** @param size the most events */
  constructor(size: number) {
    this.states = new Uint8Array(size);
    this.intended = new Float64Array(size);
  }

  /** The id by which the receiver knows an event. */
  idOf(index: number): string {
    return `${PREFIX}${index}`;
  }

  /** @param intended the time at which the schedule sends the event */
  begin(index: number, intended: number): void {
    this.intended[index] = intended;
  }

  accept(index: number): void {
    this.accepted += 1;
    this.mark(index, ACCEPTED);
  }

  /**
   * Records an arrival, possibly before the response that the event is accepted.
   *
   * @returns the time since the event's intended time, unless it arrived before
   */
  arrive(id: string, at: number): number | undefined {
    const index = Number(id.slice(PREFIX.length));
    if (((this.states[index] ?? 0) & ARRIVED) !== 0) {
      this.repeated += 1;
      return undefined;
    }
    this.mark(index, ARRIVED);
    return at - (this.intended[index] ?? Number.NaN);
  }

  /** The number of accepted events that have not arrived. */
  get missing(): number {
    return this.accepted - this.acceptedAndArrived;
  }

  private mark(index: number, state: number): void {
    const marked = (this.states[index] ?? 0) | state;
    this.states[index] = marked;
    if (marked === (ACCEPTED | ARRIVED)) this.acceptedAndArrived += 1;
  }
}
