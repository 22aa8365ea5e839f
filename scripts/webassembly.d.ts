// Declares a part of Node's WebAssembly namespace. Neither Node's types nor an ECMAScript library declares it.
declare namespace WebAssembly {
  type Module = object;
  type Exports = Record<string, unknown>;
  function compile(bytes: Uint8Array): Promise<Module>;
  function instantiate(module: Module, imports: object): Promise<{ exports: Exports }>;
}
