import { misbehaviours } from '../receivers/catalogue.js';
import { HostileReceiver } from './hostile-receiver.js';
import { HARMLESS, type ReceiversOptions } from './receivers-process.js';

/** The program of {@link ReceiversProcess}. */
process.once('message', ({ elsewhere, secure }: ReceiversOptions) => {
  const all = [...HARMLESS, ...misbehaviours(elsewhere)];
  void Promise.all(all.map((one) => HostileReceiver.start(one, secure))).then((receivers) =>
    process.send?.(receivers.map(({ url, misbehaviour: { name, expected } }) => ({ url, name, expected }))),
  );
});
process.on('disconnect', () => process.exit(0));
