import type ts from 'typescript';

/**
 * The program, with names of types in which letters outside ASCII are themselves.
 *
 * TypeScript escapes them: a class in a folder `/home/ä` is named `import("/home/\u00E4/src/a").A`. The plugin of
 * `@nestjs/swagger` takes the path out of this name and writes an import of it, which no file answers to.
 */
export function withPlainTypeNames(program: ts.Program): ts.Program {
  const checker = program.getTypeChecker();
  const plain: ts.TypeChecker = Object.assign(Object.create(checker) as ts.TypeChecker, {
    typeToString: (...args: Parameters<ts.TypeChecker['typeToString']>) => unescape(checker.typeToString(...args)),
  });
  return Object.assign(Object.create(program) as ts.Program, { getTypeChecker: () => plain });
}

/** Turns `\u00E4` into `ä`, except after another backslash, where it is text. */
function unescape(name: string): string {
  return name.replace(/(?<!\\)((?:\\\\)*)\\u([0-9A-F]{4})/gi, (_match, backslashes: string, code: string) => {
    return backslashes + String.fromCharCode(Number.parseInt(code, 16));
  });
}
