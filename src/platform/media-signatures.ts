import QuickLRU from "quick-lru";

/** Each signature has 64 characters, so the cache stays below 1 MB. */
const MAX_SIGNATURES = 2_000;

/**
 * Caches the signatures of media URLs. A signed text contains an expiry in whole hours, so the same text is signed
 * often (for each socket of an account, for each page of a list), and an isolate computes it only once. Use it only
 * for texts that the platform makes: a client that could choose the texts would evict all other entries.
 */
export class MediaSignatures {
  private readonly known = new QuickLRU<string, string>({ maxSize: MAX_SIGNATURES });

  constructor(private readonly compute: (text: string) => string) {}

  of(text: string): string {
    let signature = this.known.get(text);
    if (signature === undefined) {
      // Synchronous, so that of many concurrent requests for a text only the first computes its signature.
      signature = this.compute(text);
      this.known.set(text, signature);
    }
    return signature;
  }
}
