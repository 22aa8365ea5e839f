/**
 * Loaded into a process before the service, with `node --import`. It ends the process as `kill -9` would, at one named
 * point of its work (`DIE_AT`), the n-th time that the process arrives there (`DIE_COUNT`). It observes public interfaces:
 * the statements that `pg` sends, and undici's diagnostics channels.
 */
import { subscribe } from 'node:diagnostics_channel';
import { Client } from 'pg';

const { DIE_AT: point, DIE_COUNT: count = '1' } = process.env;
let left = Number(count);

function reached() {
  left -= 1;
  if (left <= 0) process.kill(process.pid, 'SIGKILL');
}

/** The statement whose sending or result is followed by the death of the process. */
const STATEMENTS = {
  accepted: 'INSERT INTO events',
  claimed: 'leased_until = now() +',
  settling: 'INTO delivery_attempts',
};

if (point === 'sent') subscribe('undici:request:bodySent', () => setImmediate(reached));
if (point === 'answered') subscribe('undici:request:headers', reached);
if (point in STATEMENTS) watch(STATEMENTS[point]);

function watch(text) {
  // oxlint-disable-next-line typescript/unbound-method -- called with its client below
  const { query } = Client.prototype;
  Client.prototype.query = function (...args) {
    const isMeant = (args[0]?.text ?? args[0])?.includes?.(text);
    if (!isMeant) return query.apply(this, args);
    if (point === 'settling') {
      // By then the statement is sent and the server executes it.
      setImmediate(reached);
      return query.apply(this, args);
    }
    const callback = args.at(-1);
    if (typeof callback === 'function') {
      args[args.length - 1] = (error, result) => {
        if (hasRows(result)) reached();
        callback(error, result);
      };
      return query.apply(this, args);
    }
    return query.apply(this, args).then((result) => {
      if (hasRows(result)) reached();
      return result;
    });
  };
}

/** Whether rows were stored or claimed. The first row of a claim describes the claim, each further row an event. */
function hasRows(result) {
  const [first, second] = result?.rows ?? [];
  if (first === undefined) return false;
  return 'claim' in first ? second !== undefined : Object.values(first)[0] !== null;
}
