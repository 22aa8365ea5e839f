/** Parameters of Punycode (RFC 3492, section 5). */
const [BASE, T_MIN, T_MAX, SKEW, DAMP, INITIAL_BIAS, INITIAL_N] = [36, 1, 26, 38, 700, 72, 128];
const MAX_CODE_POINT = 0x10_ffff;

/** Prefix of the ASCII form of a non-ASCII label (RFC 5890, section 2.3.2.1). */
const PREFIX = 'xn--';

/** Characters that no name has: unassigned, private, control and format characters, surrogates and spaces. */
const NOT_IN_NAMES = /[\p{C}\p{Z}]/u;
/** The Unicode blocks of right-to-left scripts. */
const RIGHT_TO_LEFT = /[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufeff\u{10800}-\u{10fff}\u{1e800}-\u{1efff}]/u;
/** A right-to-left label begins with a letter of these scripts and has no letter of others (RFC 5893, section 2). */
const RIGHT_TO_LEFT_LABEL =
  /^(?=\p{L})[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufeff\u{10800}-\u{10fff}\u{1e800}-\u{1efff}\p{M}\u200c\d-]+$/u;
/** Joiners are visible only after a mark or between Arabic letters (RFC 5892, appendix A). */
const PLACED_JOINER = /(?<=\p{M})[\u200c\u200d]|(?<=[\u0620-\u08ff])\u200c(?=[\u0620-\u08ff])/gu;

/**
 * Whether a label of a host name, in lower-case ASCII, can be part of an existing name. Labels without `xn--` always pass.
 *
 * URL parsers differ: Node.js 24 accepts any label, and Node.js 20 only those that decode to letters and symbols. This
 * rule gives the same result on all versions, except for characters that the older parser does not know.
 *
 * The label must decode (RFC 3492) to a non-ASCII text in lower case and composed form. The text must not begin with a
 * mark (RFC 5891, section 4.2.3).
 */
export function isIdnaLabel(label: string): boolean {
  if (!label.startsWith(PREFIX)) return true;
  const text = decodePunycode(label.slice(PREFIX.length));
  if (text === undefined || !/[^\0-\x7f]/.test(text)) return false;
  if (text.normalize('NFKC') !== text || text.toLowerCase() !== text) return false;
  if (NOT_IN_NAMES.test(text.replace(PLACED_JOINER, '')) || /^\p{M}/u.test(text)) return false;
  return !RIGHT_TO_LEFT.test(text) || RIGHT_TO_LEFT_LABEL.test(text);
}

/** Decodes Punycode (RFC 3492, section 6.2). Undefined for an invalid text. */
function decodePunycode(encoded: string): string | undefined {
  const delimiter = encoded.lastIndexOf('-');
  const output = delimiter < 0 ? [] : Array.from(encoded.slice(0, delimiter));
  let [n, i, bias] = [INITIAL_N, 0, INITIAL_BIAS];
  for (let at = delimiter + 1; at < encoded.length;) {
    const before = i;
    for (let weight = 1, k = BASE; ; k += BASE) {
      const digit = digitOf(encoded[at++]);
      if (digit === undefined) return undefined;
      i += digit * weight;
      const threshold = Math.min(Math.max(k - bias, T_MIN), T_MAX);
      if (digit < threshold) break;
      weight *= BASE - threshold;
    }
    const length = output.length + 1;
    bias = adapted(i - before, length, before === 0);
    n += Math.floor(i / length);
    // A huge weight makes `n` infinite or NaN. Both fail the comparison.
    if (!(n <= MAX_CODE_POINT) || (n >= 0xd800 && n <= 0xdfff)) return undefined;
    i %= length;
    output.splice(i++, 0, String.fromCodePoint(n));
  }
  return output.join('');
}

function digitOf(character: string | undefined): number | undefined {
  const digit = Number.parseInt(character ?? '-', BASE);
  // In Punycode, 0 to 25 are letters and 26 to 35 are digits; parseInt has the digits first.
  return Number.isNaN(digit) ? undefined : (digit + 26) % BASE;
}

/** Adapts the bias (RFC 3492, section 6.1). */
function adapted(delta: number, length: number, first: boolean): number {
  let rest = first ? Math.floor(delta / DAMP) : Math.floor(delta / 2);
  rest += Math.floor(rest / length);
  let k = 0;
  for (; rest > ((BASE - T_MIN) * T_MAX) / 2; k += BASE) rest = Math.floor(rest / (BASE - T_MIN));
  return k + Math.floor(((BASE - T_MIN + 1) * rest) / (rest + SKEW));
}
