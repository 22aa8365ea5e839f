/** The text of a JSON body that nobody has read yet. Its reader decides what to parse and what to keep as it came. */
export class JsonText {
  constructor(readonly text: string) {}
}
