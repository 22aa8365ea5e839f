/** Whether a signal has interrupted this run. */
export interface Interrupt {
  readonly isRequested: boolean;
}

/** Removes the databases and processes of a run when a signal interrupts it, and then exits. */
export function closeOnSignal(close: () => Promise<void>): Interrupt {
  const interrupt = { isRequested: false };
  for (const [signal, code] of [
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const) {
    // Ctrl-C arrives twice: from the terminal, and from the launcher that passes it on.
    process.on(signal, () => {
      if (interrupt.isRequested) return;
      interrupt.isRequested = true;
      process.stderr.write('\nCleaning up …\n');
      void close().finally(() => process.exit(code));
    });
  }
  return interrupt;
}
