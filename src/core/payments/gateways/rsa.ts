const ALGORITHM = { name: "RSASSA-PKCS1-v1_5", hash: "SHA-256" };
const encoder = new TextEncoder();

const base64 = (bytes: ArrayBuffer): string => Buffer.from(bytes).toString("base64");

/** Decodes a key to DER. The text is PEM, or base64 without the BEGIN and END lines, as Alipay's tool outputs it. */
const derOf = (key: string): Uint8Array<ArrayBuffer> => {
  const text = key
    .replaceAll("\\n", "\n")
    .replace(/-----[A-Z ]+-----/g, "")
    .replace(/\s+/g, "");
  return Uint8Array.from(Buffer.from(text, "base64"));
};

/** Signs with our private key (PKCS#8) and SHA256withRSA, which Alipay calls RSA2. */
export class Signer {
  private readonly key: Promise<CryptoKey>;

  constructor(privateKey: string) {
    this.key = crypto.subtle.importKey("pkcs8", derOf(privateKey), ALGORITHM, false, ["sign"]);
    // Prevents an unhandled rejection; `sign` awaits the key and throws if it is invalid.
    this.key.catch(() => undefined);
  }

  /** Returns the signature in base64. */
  async sign(text: string): Promise<string> {
    return base64(await crypto.subtle.sign(ALGORITHM, await this.key, encoder.encode(text)));
  }
}

/** Verifies signatures with a gateway's public key (SPKI). */
export class SignatureVerifier {
  private readonly key: Promise<CryptoKey>;

  constructor(publicKey: string) {
    this.key = crypto.subtle.importKey("spki", derOf(publicKey), ALGORITHM, false, ["verify"]);
    this.key.catch(() => undefined);
  }

  async verify(text: string, signature: string): Promise<boolean> {
    const bytes = Uint8Array.from(Buffer.from(signature, "base64"));
    return crypto.subtle.verify(ALGORITHM, await this.key, bytes, encoder.encode(text));
  }
}
