import { errors, jwtVerify, SignJWT } from "jose";
import { z } from "zod";
import type { Clock } from "../../lib/clock.ts";
import { sha256Hex } from "../../lib/secrets.ts";

const ISSUER = "ensemble";
const ALGORITHM = "HS256";
/** Clocks of two machines of the edge differ by less. */
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

/** `exp` is when the token runs out, in seconds. */
export type ReadClaims = AccessClaims & { readonly exp: number };

interface Key {
  readonly id: string;
  readonly bytes: Uint8Array;
}

/**
 * Signs and reads access tokens (JWT, HS256 and nothing else). Where the secret was rotated, tokens of the one before
 * stay good until they run out. A token says who; whether the session still lives is for the database to say.
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

  /** Undefined for a token that is not ours, was altered or has run out. */
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

  /** The current key first. Its id is a fingerprint: rotating needs no register of ids. */
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
