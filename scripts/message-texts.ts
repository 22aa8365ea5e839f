import ts from 'typescript';
import { partsOf, withTexts } from '../src/translations/document-parts.js';

/** An English text in a source file. */
export interface SourceText {
  english: string;
  /** `path:line`. */
  at: string;
}

/** An entry of a catalogue. */
export interface Translation extends SourceText {
  korean: string;
}

/** The calls whose argument is an English text, by the place of the argument. */
const TAKES_TEXT = new Map([
  ['text', 0],
  ['phrase', 0],
  ['DomainError', 1],
  ['InvalidRequestError', 0],
  ['Option', 1],
]);

/** The methods of commander whose argument is an English text. */
const METHODS_TAKE_TEXT = new Map([
  ['description', 0],
  ['option', 1],
  ['requiredOption', 1],
]);

/**
 * Finds the English texts of a source file: templates of `text()`, and literals that an error is made from.
 *
 * @returns `faults`: texts that are an expression, which no catalogue can have
 */
export function messageTexts(path: string, source: string): { texts: SourceText[]; faults: string[] } {
  const file = parsed(path, source);
  const texts: SourceText[] = [];
  const faults: string[] = [];
  const take = (node: ts.Expression): void => {
    const at = placeOf(node, file);
    if (ts.isArrayLiteralExpression(node)) node.elements.forEach(take);
    else if (ts.isStringLiteralLike(node)) texts.push({ english: node.text, at });
    else if (ts.isTemplateExpression(node) || isSum(node)) {
      faults.push(`${at}: ${node.getText()} is an expression; use one literal with placeholders`);
    }
  };
  visit(file, (node) => {
    if (!ts.isCallExpression(node) && !ts.isNewExpression(node)) return;
    const { expression: callee } = node;
    const place = ts.isIdentifier(callee)
      ? TAKES_TEXT.get(callee.text)
      : ts.isPropertyAccessExpression(callee)
        ? METHODS_TAKE_TEXT.get(callee.name.text)
        : undefined;
    const argument = place === undefined ? undefined : node.arguments?.[place];
    if (argument) take(argument);
  });
  return { texts, faults };
}

/** Reads the entries of a catalogue from its source file. */
export function translationsIn(path: string, source: string): Translation[] {
  const file = parsed(path, source);
  const entries: Translation[] = [];
  visit(file, (node) => {
    if (!ts.isPropertyAssignment(node) || ts.isComputedPropertyName(node.name)) return;
    if (!ts.isStringLiteralLike(node.initializer)) return;
    entries.push({ english: node.name.text, korean: node.initializer.text, at: placeOf(node, file) });
  });
  return entries;
}

/** The texts of an OpenAPI document, as the service looks them up. */
export function documentTexts(path: string, document: unknown): SourceText[] {
  const texts: SourceText[] = [];
  withTexts(document, (text) => {
    texts.push(...partsOf(text).map((english) => ({ english, at: path })));
    return text;
  });
  return texts;
}

function parsed(path: string, source: string): ts.SourceFile {
  return ts.createSourceFile(path, source, ts.ScriptTarget.Latest, true);
}

function placeOf(node: ts.Node, file: ts.SourceFile): string {
  return `${file.fileName}:${file.getLineAndCharacterOfPosition(node.getStart()).line + 1}`;
}

function visit(node: ts.Node, see: (node: ts.Node) => void): void {
  see(node);
  ts.forEachChild(node, (child) => visit(child, see));
}

function isSum(node: ts.Expression): boolean {
  return ts.isBinaryExpression(node) && node.operatorToken.kind === ts.SyntaxKind.PlusToken;
}
