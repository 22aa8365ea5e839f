import type { ServerResponse } from 'node:http';
import type { Stage } from '../../process/support/stage.js';
import type { ReceivedRequest, Receiver } from '../../support/receiver.js';

/** A request in the receiver's memory, which survives the sender. */
export interface JournalEntry extends ReceivedRequest {
  /** The time at which the request was complete, in milliseconds since 1970. */
  at: number;
  /** The status of the sent answer; null before it, and when the connection broke. */
  status: number | null;
}

/** Ends only a wait that hangs. */
const LONGEST_WAIT_MS = 240_000;

export type Answer = (response: ServerResponse, entry: JournalEntry) => void;

/** Answers with 200 after so many milliseconds. */
export function after(ms: number): Answer {
  return (response) => void setTimeout(() => response.end(), ms);
}

/** Answers with 200 at a random moment of so many milliseconds, so that a crash finds requests in flight. */
export function within(ms: number): Answer {
  return (response) => void setTimeout(() => response.end(), Math.random() * ms);
}

/** A receiver that keeps a journal of all its requests and answers. */
export class Journal {
  readonly entries: JournalEntry[] = [];
  private receiver: Receiver;

  private constructor(
    /** Answers a request; may be exchanged at any time. */
    public answer: Answer,
  ) {}

  static async open(stage: Stage, answer: Answer = (response) => response.end()): Promise<Journal> {
    const journal = new Journal(answer);
    journal.receiver = await stage.receiver((request, response) => journal.note(request, response));
    return journal;
  }

  /** The URL whose requests have a name of their own in the journal. */
  urlOf(name: string): string {
    return `http://127.0.0.1:${this.receiver.port}/${name}`;
  }

  /** Resolves when `count` requests have come. */
  async reached(count: number): Promise<void> {
    await this.receiver.received(count, LONGEST_WAIT_MS);
  }

  private note(request: ReceivedRequest, response: ServerResponse): void {
    const entry: JournalEntry = { ...request, at: Date.now(), status: null };
    this.entries.push(entry);
    response.once('finish', () => (entry.status = response.statusCode));
    this.answer(response, entry);
  }
}
