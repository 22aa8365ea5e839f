import { text, type Phrase } from '../translations/phrase.js';

/** The usual mistakes with a secret, and the right secret if one is made. */
export function secretVariants(secret: string): [cause: Phrase, secret: string][] {
  const variants: [mistake: Phrase, secret: string][] = [
    [text('with white space around it'), secret.trim()],
    [text('with quotes around it'), secret.trim().replaceAll(/^["']|["']$/g, '')],
    [text('with the prefix whsec_'), secret.replace(/^whsec_/, '')],
    [text('in capital letters'), secret.toLowerCase()],
    [text('encoded as base64 once more'), Buffer.from(secret, 'base64').toString('latin1')],
    [text('as base64 of its bytes'), Buffer.from(secret, 'base64').toString('hex')],
  ];
  return variants
    .filter(([, variant]) => variant !== '' && variant !== secret)
    .map(([mistake, variant]) => [
      text('The secret was given {{mistake}}: use it exactly as the API returned it.', { mistake }),
      variant,
    ]);
}
