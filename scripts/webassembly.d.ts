// The part of the WebAssembly namespace that Node has and neither its types nor an ECMAScript library declares.
declare namespace WebAssembly {
  type Module = object;
  type Exports = Record<string, unknown>;
  function compile(bytes: Uint8Array): Promise<Module>;
  function instantiate(module: Module, imports: object): Promise<{ exports: Exports }>;
}
