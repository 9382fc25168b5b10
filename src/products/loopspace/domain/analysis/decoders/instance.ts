/**
 * Creates a new instance of a decoder, whose memory is freed with it. The imports of Emscripten are for files, clocks
 * and more memory. A decoder only calls them on input that it cannot decode, so each of them throws.
 */
export const instanceOf = (module: WebAssembly.Module): WebAssembly.Exports => {
  const imports: Record<string, Record<string, () => never>> = {};
  for (const { module: space, name } of WebAssembly.Module.imports(module)) {
    const refuse = () => {
      throw new Error(`the decoder called ${name}, which is not available`);
    };
    imports[space] = { ...imports[space], [name]: refuse };
  }
  return new WebAssembly.Instance(module, imports).exports;
};
