import { hmacSha256Hex } from "../../../lib/secrets.ts";

/** The salt of the MusicQR document, from which clients compute their API key. */
const SALT = "musicqr_api_salt_2024";

/** The API key that MusicQR clients derive from the shared secret: 64 hex digits. */
export class ClientKey {
  private derived: string | undefined;

  constructor(private readonly secret: string) {}

  async value(): Promise<string> {
    this.derived ??= await hmacSha256Hex(this.secret, SALT);
    return this.derived;
  }
}
