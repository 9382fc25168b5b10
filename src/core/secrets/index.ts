export { type Encrypted, KeyVault } from "./key-vault.ts";
