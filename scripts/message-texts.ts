import ts from 'typescript';

/** An English text in a source file. */
export interface SourceText {
  english: string;
  /** `path:line`. */
  at: string;
}

/** The calls whose argument is an English text, by the place of the argument. */
const TAKES_TEXT = new Map([
  ['text', 0],
  ['phrase', 0],
  ['DomainError', 1],
  ['InvalidRequestError', 0],
]);

/**
 * Finds the English texts of a source file: templates of `text()`, and literals that an error is made from.
 *
 * @returns `faults`: a text that is an expression, which no catalogue can have
 */
export function messageTexts(path: string, source: string): { texts: SourceText[]; faults: string[] } {
  const file = ts.createSourceFile(path, source, ts.ScriptTarget.Latest, true);
  const texts: SourceText[] = [];
  const faults: string[] = [];
  const take = (node: ts.Expression): void => {
    const at = `${path}:${file.getLineAndCharacterOfPosition(node.getStart()).line + 1}`;
    if (ts.isArrayLiteralExpression(node)) node.elements.forEach(take);
    else if (ts.isStringLiteralLike(node)) texts.push({ english: node.text, at });
    else if (ts.isTemplateExpression(node) || isSum(node)) {
      faults.push(`${at}: ${node.getText()} is an expression; use one literal with placeholders.`);
    }
  };
  const visit = (node: ts.Node): void => {
    if (ts.isCallExpression(node) || ts.isNewExpression(node)) {
      const place = ts.isIdentifier(node.expression) ? TAKES_TEXT.get(node.expression.text) : undefined;
      const argument = place === undefined ? undefined : node.arguments?.[place];
      if (argument) take(argument);
    }
    ts.forEachChild(node, visit);
  };
  visit(file);
  return { texts, faults };
}

function isSum(node: ts.Expression): boolean {
  return ts.isBinaryExpression(node) && node.operatorToken.kind === ts.SyntaxKind.PlusToken;
}
