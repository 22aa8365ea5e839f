/** An export or import can't be done. The message says why and how to solve it. It is shown without a stack. */
export class TransferError extends Error {
  override readonly name = 'TransferError';
}
