/** An element of DER (ITU-T X.690). */
export interface DerElement {
  tag: number;
  content: Buffer;
}

/** The tags that private keys have. */
export const DER = {
  integer: 0x02,
  bitString: 0x03,
  octetString: 0x04,
  objectId: 0x06,
  sequence: 0x30,
  /** The first optional part of an EC private key (RFC 5915): its parameters. */
  parameters: 0xa0,
} as const;

/**
 * The elements of a text, one after another. Only tags of one byte, and lengths of up to 65,535 bytes.
 *
 * @throws RangeError if the text is not DER in this form
 */
export function derElements(bytes: Buffer): DerElement[] {
  const elements: DerElement[] = [];
  for (let at = 0; at < bytes.length;) {
    const tag = bytes.readUInt8(at);
    const first = bytes.readUInt8(at + 1);
    if (first > 0x82 || first === 0x80) throw new RangeError('A length is not in this form');
    const lengthBytes = first & 0x80 ? first & 0x7f : 0;
    const length = lengthBytes === 0 ? first : bytes.readUIntBE(at + 2, lengthBytes);
    const begin = at + 2 + lengthBytes;
    if (begin + length > bytes.length) throw new RangeError('An element is longer than its text');
    elements.push({ tag, content: bytes.subarray(begin, begin + length) });
    at = begin + length;
  }
  return elements;
}

/**
 * The elements within the only element of a text.
 *
 * @throws RangeError if the text has another element, or is not DER
 */
export function derWithin(bytes: Buffer, tag: number = DER.sequence): DerElement[] {
  const [only, ...others] = derElements(bytes);
  if (only?.tag !== tag || others.length > 0) throw new RangeError('The text is another element');
  return derElements(only.content);
}

/**
 * The bytes of an element.
 *
 * @throws RangeError if the element is missing or has another tag
 */
export function derContent(element: DerElement | undefined, tag: number): Buffer {
  if (element?.tag !== tag) throw new RangeError('An element is missing');
  return element.content;
}

/** The bytes of a number that is not negative, without leading zeros. */
export function derNumber(element: DerElement | undefined): Buffer {
  const bytes = derContent(element, DER.integer);
  const begin = bytes.findIndex((byte) => byte !== 0);
  return begin === -1 ? Buffer.alloc(0) : bytes.subarray(begin);
}
