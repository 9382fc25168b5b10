import { eq } from "drizzle-orm";
import type { Clock } from "../../lib/clock.ts";
import { foldName } from "../../lib/fold-name.ts";
import { equalSecrets } from "../../lib/secrets.ts";
import type { Database } from "../../platform/db/client.ts";
import { users } from "../../platform/db/schema/identity.ts";
import type { Signer } from "../secrets/index.ts";
import type { SettingProof } from "./password-proof.ts";
import { toUser, type User, userColumns } from "./user.ts";

export interface AdminCredentials {
  readonly username: string;
  readonly password: string;
  /** Signs the fingerprint of the password that session rows store. */
  readonly signer: Signer;
}

/** The platform's first administrator. Its name and password come from the settings, not from the database. */
export class Administrator {
  constructor(private readonly credentials: AdminCredentials) {}

  get username(): string {
    return this.credentials.username;
  }

  /** Returns the proof if the name and the password are both correct. */
  async prove(username: string, password: string): Promise<SettingProof | undefined> {
    // Both are always compared, so that the response time does not reveal which one was wrong.
    const [nameMatches, passwordMatches] = await Promise.all([
      equalSecrets(foldName(username), this.credentials.username),
      equalSecrets(password, this.credentials.password),
    ]);
    return nameMatches && passwordMatches ? { kind: "setting", tag: await this.tag() } : undefined;
  }

  /** Returns a fingerprint of the password. Sessions store it, so that a changed ADMIN_PASSWORD ends all of them. */
  async tag(): Promise<string> {
    const { signer, username, password } = this.credentials;
    return signer.sign("administrator", `${username}:${password}`);
  }

  /** Returns the administrator's account, which is created at the first call. */
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
