import { eq } from "drizzle-orm";
import type { Clock } from "../../lib/clock.ts";
import { foldName } from "../../lib/fold-name.ts";
import { equalSecrets, hmacSha256Hex } from "../../lib/secrets.ts";
import type { Database } from "../../platform/db/client.ts";
import { users } from "../../platform/db/schema/identity.ts";
import type { SettingProof } from "./password-proof.ts";
import { toUser, type User, userColumns } from "./user.ts";

export interface AdminCredentials {
  readonly username: string;
  readonly password: string;
  /** Keys the fingerprint of the password in a session row. */
  readonly tagSecret: string;
}

/** The platform's first administrator, whose name and password are settings and no row. */
export class Administrator {
  constructor(private readonly credentials: AdminCredentials) {}

  get username(): string {
    return this.credentials.username;
  }

  /** The proof of name and password, where both are right. */
  async prove(username: string, password: string): Promise<SettingProof | undefined> {
    // Both are always compared: the time tells nothing of which one was wrong.
    const [nameMatches, passwordMatches] = await Promise.all([
      equalSecrets(foldName(username), this.credentials.username),
      equalSecrets(password, this.credentials.password),
    ]);
    return nameMatches && passwordMatches ? { kind: "setting", tag: await this.tag() } : undefined;
  }

  /** Fingerprint of the password: sessions carry it, so that a changed ADMIN_PASSWORD ends them all. */
  tag(): Promise<string> {
    const { tagSecret, username, password } = this.credentials;
    return hmacSha256Hex(tagSecret, `admin:${username}:${password}`);
  }

  /** The account behind the name, made when it is first needed. */
  async account(db: Database, clock: Clock): Promise<User> {
    await db
      .insert(users)
      .values({ uuid: crypto.randomUUID(), username: this.username, role: "ADMIN", createdAt: clock() })
      .onConflictDoNothing({ target: users.username });
    const [row] = await db.select(userColumns).from(users).where(eq(users.username, this.username));
    if (row?.role !== "ADMIN") throw new Error("the administrator's name belongs to another account");
    return toUser(row, clock());
  }
}
