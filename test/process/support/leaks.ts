/**
 * The forms in which a secret can appear in a text: plain, in base64, in hex and URL-encoded. Base64 has three
 * alignments, because other data can precede the secret. A secret in base64 or hex also has the forms of its bytes.
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

/**
 * The characters of base64 and base64url that depend on these bytes alone, independent of the bytes before and after
 * them.
 */
function base64Within(bytes: Buffer, shift: number): string[] {
  const text = Buffer.concat([Buffer.alloc(shift), bytes])
    .toString('base64')
    .replace(/=+$/, '');
  const inner = text.slice(shift === 0 ? 0 : shift + 1, (bytes.length + shift) % 3 === 0 ? undefined : -1);
  return [inner, inner.replaceAll('+', '-').replaceAll('/', '_')];
}

/**
 * The secrets in the texts, in any form, each as `the log: the secrets key`.
 *
 * @param secrets by their names
 * @param texts by their sources
 */
export function leaksIn(texts: Record<string, string>, secrets: Record<string, string>): string[] {
  return Object.entries(texts).flatMap(([place, text]) =>
    Object.entries(secrets).flatMap(([what, secret]) =>
      formsOf(secret).some((form) => text.includes(form)) ? [`${place}: ${what}`] : [],
    ),
  );
}
