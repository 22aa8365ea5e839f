import ts from 'typescript';
import { OLD_IDENTIFIERS, OLD_NAMES, PHRASES, type WordRule } from './word-rules.js';

/** Maximum words of a sentence in a docblock or in Markdown. */
const MAX_WORDS = 25;

export interface WordFault {
  /** From 1. */
  line: number;
  found: string;
  instead: string;
}

/** A part of a file. Its text replaces markup by spaces or fillers, so that every offset is one of the file. */
interface Part {
  start: number;
  text: string;
  /** Whether sentences are counted. */
  isProse: boolean;
}

/** Finds excluded words in the identifiers, comments and string literals of a TypeScript or JavaScript file. */
export function codeFaults(fileName: string, source: string): WordFault[] {
  const { identifiers, strings, comments } = partsOfCode(fileName, source);
  const faults = [
    ...identifiers.flatMap(({ text, start }) => matches(OLD_IDENTIFIERS, text, start)),
    ...[...strings, ...comments].flatMap(({ text, start }) => matches(OLD_NAMES, text, start)),
    ...[...strings, ...comments].filter(isSentence).flatMap(({ text, start }) => phraseMatches(text, start)),
    ...comments.filter(({ isProse }) => isProse).flatMap(longSentences),
  ];
  return located(source, faults);
}

/** Finds excluded words and long sentences in a Markdown file. Sentences in fenced code are not counted. */
export function markdownFaults(source: string): WordFault[] {
  const blocks = blocksOfMarkdown(source);
  return located(source, [
    ...matches(OLD_NAMES, source, 0),
    ...blocks.flatMap(({ text, start }) => phraseMatches(text, start)),
    ...blocks.flatMap(longSentences),
  ]);
}

interface Match {
  at: number;
  /** Undefined: the first words at `at`. */
  found?: string;
  instead: string;
}

function located(source: string, found: Match[]): WordFault[] {
  return found
    .toSorted((a, b) => a.at - b.at)
    .map(({ at, found = beginningOf(source.slice(at)), instead }) => ({
      line: source.slice(0, at).split('\n').length,
      found,
      instead,
    }));
}

function beginningOf(text: string): string {
  return `${text.trimStart().split(/\s+/, 6).join(' ')}…`;
}

function matches(rules: readonly WordRule[], text: string, start: number): Match[] {
  // Nearly all texts match no rule, and a new expression for each text would take most of the time of a run.
  return rules
    .filter(({ pattern }) => pattern.test(text))
    .flatMap(({ pattern, instead }) =>
      [...text.matchAll(new RegExp(pattern, `g${pattern.flags}`))].map(({ 0: found, index }) => ({
        at: start + index,
        found,
        instead,
      })),
    );
}

/** A question may begin with any word. */
function phraseMatches(text: string, start: number): Match[] {
  return sentencesOf(text)
    .filter(({ text }) => !text.trimEnd().endsWith('?'))
    .flatMap((sentence) => {
      const indent = /^[\s"'(*_]*/.exec(sentence.text)?.[0].length ?? 0;
      // One space between words, whatever markup or line break the file has there.
      const words = [...sentence.text.slice(indent).matchAll(/\S+/g)];
      let line = '';
      const offsets: number[] = [];
      for (const { 0: word, index } of words) {
        for (let at = 0; at < word.length; at += 1) offsets.push(index + at);
        offsets.push(index + word.length);
        line += `${word} `;
      }
      const offset = start + sentence.start + indent;
      return matches(PHRASES, line, 0).map((match) => ({ ...match, at: offset + (offsets[match.at] ?? 0) }));
    });
}

function longSentences({ text, start }: Part): Match[] {
  return sentencesOf(text).flatMap((sentence) => {
    const words = sentence.text.match(/\S*[\p{L}\p{N}█]\S*/gu) ?? [];
    if (words.length <= MAX_WORDS) return [];
    const indent = /^\s*/.exec(sentence.text)?.[0].length ?? 0;
    return {
      at: start + sentence.start + indent,
      instead: `at most ${MAX_WORDS} words instead of ${words.length}`,
    };
  });
}

function sentencesOf(text: string): { text: string; start: number }[] {
  return [...text.matchAll(/(?:[^.!?]|[.!?](?!["')\]*_]*(?:\s|$)))+[.!?]*["')\]*_]*/g)].map(
    ({ 0: sentence, index }) => ({
      text: sentence,
      start: index,
    }),
  );
}

/** Texts with fewer words are data, such as names and codes. */
function isSentence({ text, isProse }: Part): boolean {
  return isProse || text.trim().split(/\s+/).length >= 3;
}

function partsOfCode(fileName: string, source: string) {
  const file = ts.createSourceFile(fileName, source, ts.ScriptTarget.Latest, true);
  const identifiers: Part[] = [];
  const strings: Part[] = [];
  const literals: [start: number, end: number][] = [];
  const visit = (node: ts.Node): void => {
    const start = node.getStart(file);
    if (ts.isIdentifier(node)) identifiers.push({ start, text: node.text, isProse: false });
    if (ts.isStringLiteralLike(node) || ts.isTemplateLiteralToken(node)) {
      strings.push({ start, text: withoutQuotes(source.slice(start, node.end)), isProse: false });
    }
    if (ts.isStringLiteralLike(node) || ts.isTemplateLiteralToken(node) || ts.isRegularExpressionLiteral(node)) {
      literals.push([start, node.end]);
    }
    ts.forEachChild(node, visit);
  };
  visit(file);
  return { identifiers, strings, comments: commentsOf(withoutRanges(source, literals)) };
}

function withoutQuotes(literal: string): string {
  return ` ${literal.slice(1, -1)} `;
}

/** Replaces literals by fillers. All that looks like a comment then is one. */
function withoutRanges(source: string, ranges: readonly [start: number, end: number][]): string {
  let text = '';
  for (const [start, end] of ranges) {
    text += source.slice(text.length, start);
    text += source.slice(start, end).replaceAll(/[^\n]/g, '█');
  }
  return text + source.slice(text.length);
}

/** Block comments, and lines of `//` comments that follow each other. */
function commentsOf(code: string): Part[] {
  return [...code.matchAll(/\/\*[\s\S]*?\*\/|\/\/[^\n]*(?:\n[ \t]*\/\/[^\n]*)*/g)].flatMap(({ 0: comment, index }) => {
    const isBlock = comment.startsWith('/*');
    const text = (isBlock ? comment.replace(/\*\/$/, '  ') : comment)
      .replaceAll(isBlock ? /^(?:\/\*+|[ \t]*\*(?!\*))/gm : /^[ \t]*\/\/+/gm, spaces)
      .replaceAll(/```[\s\S]*?```/g, spaces)
      .replaceAll(/`[^`]*`|\{@\w+[^}]*\}/g, filler);
    return /^\s*(?:oxlint|eslint|@ts-|#!)/.test(text)
      ? []
      : blocksOf(text, index, /^\s*(?:@param\s+\S+|@\w+|-|\d+\.)\s/);
  });
}

function blocksOfMarkdown(source: string): Part[] {
  const text = source
    .replaceAll(/^---\n[\s\S]*?\n---\n|<!--[\s\S]*?-->/g, spaces)
    .replaceAll(/^( *)(```+|~~~+)[\s\S]*?^\1\2[^\n]*$/gm, spaces)
    .replaceAll(/`[^`]*`/g, filler)
    .replaceAll(/\]\([^)\s]*(?:\s"[^"]*")?\)/g, filler)
    .replaceAll(/<[^>\n]+>/g, filler);
  return blocksOf(text, 0, /^\s*(?:[-*+]|\d+\.|#+|>|\|)\s|^\s*\|/).flatMap(cellsOf);
}

/** Splits a text at empty lines, and before lines that begin an item, a heading or a tag. */
function blocksOf(text: string, start: number, beginning: RegExp): Part[] {
  const blocks: Part[] = [];
  let at = 0;
  let isOpen = false;
  for (const line of text.split(/(?<=\n)/)) {
    const isEmpty = line.trim() === '';
    if (!isEmpty && isOpen && !beginning.test(line)) blocks.at(-1)!.text += line;
    else if (!isEmpty) blocks.push({ start: start + at, text: line, isProse: true });
    isOpen = !isEmpty && !/^\s*#+\s/.test(line);
    at += line.length;
  }
  return blocks.map((block) => ({ ...block, text: block.text.replace(beginning, spaces) }));
}

/** The cells of a row of a table; other blocks as they are. */
function cellsOf(block: Part): Part[] {
  const row = /^\s*\|/.test(block.text) || /\|\s*$/.test(block.text);
  if (!row) return [block];
  return [...block.text.matchAll(/[^|]+/g)].map(({ 0: text, index }) => ({
    ...block,
    text,
    start: block.start + index,
  }));
}

function spaces(text: string): string {
  return text.replaceAll(/[^\n]/g, ' ');
}

function filler(text: string): string {
  return text.replaceAll(/[^\n]/g, '█');
}
