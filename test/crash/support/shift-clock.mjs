/** Loaded into a process before the service (`node --import`): its wall clock is wrong by `CLOCK_SHIFT_MS`. */
const shiftMs = Number(process.env.CLOCK_SHIFT_MS);
const { now } = Date;

globalThis.Date = class extends Date {
  constructor(...args) {
    super(...(args.length === 0 ? [now() + shiftMs] : args));
  }

  static now() {
    return now() + shiftMs;
  }
};
