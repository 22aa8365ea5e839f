/** The unparsed text of a JSON body. The route decides which parts to parse and which to store unchanged. */
export class JsonText {
  constructor(readonly text: string) {}
}
