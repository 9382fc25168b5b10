/**
 * A fresh instance: its memory ends with it. What Emscripten would import is for files, clocks and more memory, and a decoder
 * that asks for any of it has run into something it cannot decode.
 */
export const instanceOf = (module: WebAssembly.Module): WebAssembly.Exports => {
  const imports: Record<string, Record<string, () => never>> = {};
  for (const { module: space, name } of WebAssembly.Module.imports(module)) {
    const refuse = () => {
      throw new Error(`the decoder gave up (${name})`);
    };
    imports[space] = { ...imports[space], [name]: refuse };
  }
  return new WebAssembly.Instance(module, imports).exports;
};
