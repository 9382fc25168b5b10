export { type Encrypted, KeyVault } from "./key-vault.ts";
export { type Purpose, Signer } from "./signer.ts";
