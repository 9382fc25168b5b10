import { type SQL, sql } from "drizzle-orm";
import { users } from "../../platform/db/schema/identity.ts";
import type { User } from "./user.ts";

/**
 * What a password was found right against. Checking a password takes a while, so the password may be another one by the
 * time something is written: every write that rests on the check is conditional on its proof (`passwordIsStill`).
 */
export type PasswordProof = AccountProof | SettingProof;

export interface AccountProof {
  readonly kind: "account";
  readonly hash: string;
}

/** That of the administrator of the settings: sessions carry the tag and end when the setting changes. */
export interface SettingProof {
  readonly kind: "setting";
  readonly tag: string;
}

export interface VerifiedAccount {
  readonly user: User;
  readonly proof: PasswordProof;
}

/** SQL condition: the account's password is the one that was verified. */
export const passwordIsStill = (userId: number | SQL, proof: PasswordProof): SQL =>
  proof.kind === "setting"
    ? sql`EXISTS (SELECT 1 FROM ${users} WHERE id = ${userId} AND role = 'ADMIN')`
    : sql`EXISTS (SELECT 1 FROM ${users} WHERE id = ${userId} AND password_hash = ${proof.hash})`;
