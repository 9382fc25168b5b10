import { errors, jwtVerify, SignJWT } from "jose";
import { z } from "zod";
import type { Clock } from "../../lib/clock.ts";
import { sha256Hex } from "../../lib/secrets.ts";

const ISSUER = "ensemble";
const ALGORITHM = "HS256";
/** The clocks of two edge machines differ by less than this. */
const LEEWAY_SECONDS = 5;
const KID_LENGTH = 12;

const claimsSchema = z.object({
  sub: z.uuid(),
  sid: z.uuid(),
  role: z.enum(["USER", "ADMIN"]),
  plan: z.enum(["free", "pro"]),
});

/** `sub` is the account's UUID, `sid` its session. */
export type AccessClaims = z.output<typeof claimsSchema>;

/** `exp` is the expiry of the token, in seconds since the Unix epoch. */
export type ReadClaims = AccessClaims & { readonly exp: number };

interface Key {
  readonly id: string;
  readonly bytes: Uint8Array;
}

/**
 * Signs and verifies access tokens (JWT, HS256 only). After a rotation of the secret, tokens signed with the previous
 * secret stay valid until they expire. A token identifies the account and the session; only the database shows
 * whether the session is still active.
 */
export class AccessTokens {
  private keys: Promise<Key[]> | undefined;

  constructor(
    private readonly secrets: { readonly current: string; readonly previous: string | undefined },
    private readonly clock: Clock,
  ) {}

  async sign(claims: AccessClaims, ttlMs: number): Promise<string> {
    const [key] = await this.loadKeys();
    if (!key) throw new Error("no signing key");
    const now = Math.floor(this.clock() / 1_000);
    const { sub, ...rest } = claims;
    return new SignJWT(rest)
      .setProtectedHeader({ alg: ALGORITHM, typ: "JWT", kid: key.id })
      .setSubject(sub)
      .setIssuer(ISSUER)
      .setIssuedAt(now)
      .setExpirationTime(now + Math.floor(ttlMs / 1_000))
      .sign(key.bytes);
  }

  /** Returns the claims of a valid token; undefined if the token has expired, was altered or was signed elsewhere. */
  async read(token: string): Promise<ReadClaims | undefined> {
    const keys = await this.loadKeys();
    try {
      const { payload } = await jwtVerify(
        token,
        ({ kid }) => {
          const key = keys.find(({ id }) => id === kid);
          if (!key) throw new errors.JWKSNoMatchingKey();
          return key.bytes;
        },
        {
          algorithms: [ALGORITHM],
          issuer: ISSUER,
          currentDate: new Date(this.clock()),
          clockTolerance: LEEWAY_SECONDS,
          requiredClaims: ["exp", "sub", "sid"],
        },
      );
      return claimsSchema.extend({ exp: z.number() }).safeParse(payload).data;
    } catch (error) {
      if (error instanceof errors.JOSEError) return undefined;
      throw error;
    }
  }

  /**
   * Returns the keys, the current one first. A key's id is a fingerprint of its secret, so rotation needs no id list.
   */
  private loadKeys(): Promise<Key[]> {
    this.keys ??= Promise.all(
      [this.secrets.current, this.secrets.previous].flatMap((secret) =>
        secret === undefined
          ? []
          : sha256Hex(`kid:${secret}`).then((digest) => ({
              id: digest.slice(0, KID_LENGTH),
              bytes: new TextEncoder().encode(secret),
            })),
      ),
    );
    return this.keys;
  }
}
