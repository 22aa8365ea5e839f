/** A word or phrase that this project does not use, and its replacement. */
export interface WordRule {
  pattern: RegExp;
  instead: string;
}

/** Names of earlier designs. They are searched in code, comments, strings and Markdown, with code spans. */
export const OLD_NAMES: readonly WordRule[] = [
  { pattern: /\blanes?\b/i, instead: 'endpoint queue, or scheduler' },
  { pattern: /\bstraight to work\b/i, instead: 'fast path' },
  { pattern: /\bintake\b/i, instead: 'ingest' },
  { pattern: /\btours?\b/i, instead: 'scan' },
  { pattern: /\baudiences?\b/i, instead: 'recipients' },
  { pattern: /\btakers?\b/i, instead: 'eligible webhooks' },
  { pattern: /\b(?:held|holds|holding|hold) off\b/i, instead: 'paused' },
  { pattern: /\bheld back\b/i, instead: 'buffered, or paused' },
  { pattern: /\bbacklogged\b/i, instead: 'may have more' },
  { pattern: /\bsecrets:rotate\b/, instead: 'secrets:reencrypt' },
  { pattern: /\btest\/e2e\/seeds\b/, instead: 'test/e2e/contract' },
];

/** Identifiers of earlier designs, and parts of identifiers. */
export const OLD_IDENTIFIERS: readonly WordRule[] = [
  { pattern: /^(?:\w*Lanes?|lanes?(?=[A-Z]|$)\w*)$/, instead: 'EndpointQueue, or Scheduler' },
  { pattern: /^(?:Local)?Claimant/i, instead: 'reserve, accept, reservation' },
  { pattern: /^intake|Intake/, instead: 'ingest' },
  { pattern: /^tour(?=[A-Z]|s?$)|Tour/, instead: 'scan' },
  { pattern: /^audience|Audience/, instead: 'recipients' },
  { pattern: /^takers?$|Takers?(?=[A-Z]|$)/, instead: 'eligible' },
  { pattern: /^(?:straight|tour)Room$/, instead: 'demand' },
  {
    pattern: /^(?:heldBack|NotHeld\w*|notHeld|holdingOff|holdOff)$/,
    instead: 'buffered, rejected, saturated or paused',
  },
  { pattern: /^(?:is)?[bB]acklogged$/, instead: 'mayHaveMore' },
  { pattern: /^lookAfter$/, instead: 'scheduleResume' },
  { pattern: /^isCrowded$/, instead: 'pressure' },
  { pattern: /^(?:[rR]eplay)(?=[A-Z]|s?$)/, instead: 'recover, or recoveries' },
  { pattern: /^CallerOf$/, instead: '@CurrentCaller()' },
];

const VERBS =
  'begins|becomes|comes|costs|ends|finds|gets|gives|goes|has|holds|keeps|knows|leaves|lets|loses|makes|needs|runs|sees|sends|stays|takes|works';

/** Phrases that the language rules exclude from prose: comments, test names, messages and Markdown. */
export const PHRASES: readonly WordRule[] = [
  { pattern: /\bin vain\b/i, instead: 'without effect, or the reason for the failure' },
  { pattern: /\bfor want of\b/i, instead: 'because … is missing' },
  { pattern: /\ball the same\b/i, instead: 'nevertheless, or nothing' },
  { pattern: /\banew\b/i, instead: 'again' },
  { pattern: /\bbeside\b/i, instead: 'next to, or besides' },
  { pattern: /\bbut for\b/i, instead: 'except for' },
  {
    pattern: new RegExp(`(?<=\\b(?!and|or|only|do|does|did|if)[a-z]+ )so (?:${VERBS})\\b`),
    instead: 'a verb without "so"',
  },
  { pattern: /\bwhoever\b/i, instead: 'a noun, such as "the client"' },
  { pattern: /(?<=^|[.;:] )(?:[Ww]hat|[Ww]ho|[Ww]hom|[Tt]hat which)(?= [a-z])/, instead: 'a noun as the subject' },
  { pattern: /(?<=, )what(?= [a-z])/, instead: 'a noun as the subject' },
];
