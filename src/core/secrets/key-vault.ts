import { toBase64Url } from "../../lib/ids.ts";
import { sha256Hex } from "../../lib/secrets.ts";

const NONCE_BYTES = 12;
const ID_LENGTH = 12;
const encoder = new TextEncoder();

export interface Encrypted {
  /** base64url of nonce and ciphertext. */
  readonly cipher: string;
  /** Fingerprint of the secret that encrypted it. */
  readonly keyId: string;
}

interface VaultKey {
  readonly id: string;
  readonly key: CryptoKey;
}

const keyOf = async (secret: string): Promise<VaultKey> => {
  const digest = await crypto.subtle.digest("SHA-256", encoder.encode(secret));
  const key = await crypto.subtle.importKey("raw", digest, "AES-GCM", false, ["encrypt", "decrypt"]);
  return { id: (await sha256Hex(`config:${secret}`)).slice(0, ID_LENGTH), key };
};

/**
 * Encrypts API keys of providers with AES-256-GCM. The owner's id is authenticated as well, so the ciphertext of one
 * provider cannot be used for another one.
 */
export class KeyVault {
  private readonly keys: Promise<readonly VaultKey[]>;

  /** `previous` is the secret before a rotation: what was encrypted with it can still be decrypted. */
  constructor(current: string, previous: string | undefined) {
    this.keys = Promise.all([current, previous].flatMap((s) => (s === undefined ? [] : [keyOf(s)])));
  }

  async encrypt(owner: string, text: string): Promise<Encrypted> {
    const [current] = await this.keys;
    if (!current) throw new Error("the vault has no key");
    const nonce = crypto.getRandomValues(new Uint8Array(NONCE_BYTES));
    const parameters = { name: "AES-GCM", iv: nonce, additionalData: encoder.encode(owner) };
    const sealed = await crypto.subtle.encrypt(parameters, current.key, encoder.encode(text));
    return {
      cipher: toBase64Url(new Uint8Array([...nonce, ...new Uint8Array(sealed)])),
      keyId: current.id,
    };
  }

  /** Decrypts a text; undefined if it was encrypted with another secret or for another owner. */
  async decrypt(owner: string, { cipher, keyId }: Encrypted): Promise<string | undefined> {
    const key = (await this.keys).find(({ id }) => id === keyId)?.key;
    if (!key) return undefined;
    const bytes = new Uint8Array(Buffer.from(cipher, "base64url"));
    const iv = bytes.subarray(0, NONCE_BYTES);
    const parameters = { name: "AES-GCM", iv, additionalData: encoder.encode(owner) };
    try {
      const opened = await crypto.subtle.decrypt(parameters, key, bytes.subarray(NONCE_BYTES));
      return new TextDecoder().decode(opened);
    } catch {
      return undefined;
    }
  }

  async currentKeyId(): Promise<string> {
    return (await this.keys)[0]?.id ?? "";
  }
}
