import { createHmac } from "node:crypto";
import QuickLRU from "quick-lru";

/** A few thousand signatures of 64 letters: less than 1 MB. */
const MAX_SIGNATURES = 2_000;

/**
 * Signatures of addresses of ours. What is signed holds an expiry in whole hours, so the same text comes again and again
 * (for each socket of an account, for each page of a list): an isolate signs it once. Only for texts of our own making:
 * a client that could choose them would push the others out.
 */
export class MediaSignatures {
  private readonly known = new QuickLRU<string, string>({ maxSize: MAX_SIGNATURES });

  constructor(private readonly compute: (text: string) => string) {}

  of(text: string): string {
    let signature = this.known.get(text);
    if (signature === undefined) {
      // Not awaited: of many sockets that ask at the same moment only the first one computes.
      signature = this.compute(text);
      this.known.set(text, signature);
    }
    return signature;
  }
}

export const mediaSignatures = (secret: string): MediaSignatures =>
  new MediaSignatures((text) => createHmac("sha256", secret).update(text).digest("hex"));
