import { createHmac, hkdfSync, timingSafeEqual } from "node:crypto";

/** What a signature is used for. Each purpose has its own key, so a signature for one purpose is invalid for another. */
export type Purpose = "administrator" | "guest-origin" | "listener" | "media-url" | "viewer";

const KEY_BYTES = 32;

const hmac = (key: string | Uint8Array, text: string): string =>
  createHmac("sha256", key).update(text).digest("hex");

const isEqual = (given: string, expected: string): boolean => {
  const [a, b] = [Buffer.from(given), Buffer.from(expected)];
  // The length of a signature is no secret.
  return a.length === b.length && timingSafeEqual(a, b);
};

/**
 * Signs texts with keys that are derived from one secret by HKDF-SHA256 (RFC 5869), one key for each purpose. After a
 * rotation of the secret, signatures of the previous secret stay valid. Synchronous, because a signature takes a few
 * microseconds.
 */
export class Signer {
  private readonly keys = new Map<string, Uint8Array>();

  constructor(
    private readonly secrets: { readonly current: string; readonly previous?: string | undefined },
  ) {}

  /** Returns the HMAC-SHA256 of a text in lower-case hex. */
  sign(purpose: Purpose, text: string): string {
    return hmac(this.keyOf(this.secrets.current, purpose), text);
  }

  /** Whether the signature is valid for the text and the purpose. Compares in constant time. */
  isSigned(purpose: Purpose, text: string, signature: string): boolean {
    const { current, previous } = this.secrets;
    return [current, previous].some(
      (secret) => secret !== undefined && isEqual(signature, hmac(this.keyOf(secret, purpose), text)),
    );
  }

  private keyOf(secret: string, purpose: Purpose): Uint8Array {
    const id = `${purpose}:${secret}`;
    let key = this.keys.get(id);
    if (!key) {
      key = new Uint8Array(hkdfSync("sha256", secret, "", `ensemble:${purpose}`, KEY_BYTES));
      this.keys.set(id, key);
    }
    return key;
  }
}
