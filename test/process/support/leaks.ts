/**
 * The forms in which a secret might turn up in a text: as it is, in base64 (also amid other data, so at each of three
 * alignments), in hex, URL-encoded; and the same for the bytes that it stands for in base64 or hex.
 */
export function formsOf(secret: string): string[] {
  const contents = [Buffer.from(secret)];
  if (/^[\w+/-]{43}=?$/.test(secret) || /^[0-9a-f]{64}$/i.test(secret)) contents.push(Buffer.from(secret, 'base64'));
  if (/^[0-9a-f]{64}$/i.test(secret)) contents.push(Buffer.from(secret, 'hex'));
  const forms = contents.flatMap((bytes) => [
    bytes.toString('hex'),
    bytes.toString('hex').toUpperCase(),
    ...[0, 1, 2].flatMap((shift) => base64Within(bytes, shift)),
  ]);
  return [...new Set([secret, encodeURIComponent(secret), JSON.stringify(secret).slice(1, -1), ...forms])];
}

/** The characters of base64 and base64url that depend on these bytes alone, whatever stands before and behind them. */
function base64Within(bytes: Buffer, shift: number): string[] {
  const text = Buffer.concat([Buffer.alloc(shift), bytes])
    .toString('base64')
    .replace(/=+$/, '');
  const inner = text.slice(shift === 0 ? 0 : shift + 1, (bytes.length + shift) % 3 === 0 ? undefined : -1);
  return [inner, inner.replaceAll('+', '-').replaceAll('/', '_')];
}

/**
 * Which of the secrets are in which of the texts, in whatever form: `the log: the secrets key` where they are.
 *
 * @param secrets by what they are
 * @param texts by where they come from
 */
export function leaksIn(texts: Record<string, string>, secrets: Record<string, string>): string[] {
  return Object.entries(texts).flatMap(([place, text]) =>
    Object.entries(secrets).flatMap(([what, secret]) =>
      formsOf(secret).some((form) => text.includes(form)) ? [`${place}: ${what}`] : [],
    ),
  );
}
