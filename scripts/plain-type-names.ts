import type ts from 'typescript';

/**
 * Returns the program with type names that contain letters outside ASCII unescaped.
 *
 * TypeScript escapes such letters: a class in a folder `/home/ä` is named `import("/home/\u00E4/src/a").A`. The plugin of
 * `@nestjs/swagger` takes the path from this name and writes an import of it. No file has the escaped path.
 */
export function withPlainTypeNames(program: ts.Program): ts.Program {
  const checker = program.getTypeChecker();
  const plain: ts.TypeChecker = Object.assign(Object.create(checker) as ts.TypeChecker, {
    typeToString: (...args: Parameters<ts.TypeChecker['typeToString']>) => unescape(checker.typeToString(...args)),
  });
  return Object.assign(Object.create(program) as ts.Program, { getTypeChecker: () => plain });
}

/** Turns `\u00E4` into `ä`. After another backslash, `\u00E4` is text and stays. */
function unescape(name: string): string {
  return name.replace(/(?<!\\)((?:\\\\)*)\\u([0-9A-F]{4})/gi, (_match, backslashes: string, code: string) => {
    return backslashes + String.fromCharCode(Number.parseInt(code, 16));
  });
}
