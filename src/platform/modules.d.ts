/** The files other than JavaScript that wrangler bundles. */
declare module "*.bin" {
  const bytes: ArrayBuffer;
  export default bytes;
}

declare module "*.wasm" {
  const module: WebAssembly.Module;
  export default module;
}
