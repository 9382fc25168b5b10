import { type SQL, sql } from "drizzle-orm";
import { users } from "../../platform/db/schema/identity.ts";
import type { User } from "./user.ts";

/**
 * Identifies the password that a caller's password was verified against. The verification takes time, and the
 * account's password may change before the following write. Every write that depends on the verification is therefore
 * conditional on its proof (`isPasswordUnchanged`).
 */
export type PasswordProof = AccountProof | SettingProof;

export interface AccountProof {
  readonly kind: "account";
  readonly hash: string;
}

/** The proof for the administrator from the settings. Sessions store the tag and end when the setting changes. */
export interface SettingProof {
  readonly kind: "setting";
  readonly tag: string;
}

export interface VerifiedAccount {
  readonly user: User;
  readonly proof: PasswordProof;
}

/** Returns the SQL condition that the account's password is still the verified one. */
export const isPasswordUnchanged = (userId: number | SQL, proof: PasswordProof): SQL =>
  proof.kind === "setting"
    ? sql`EXISTS (SELECT 1 FROM ${users} WHERE id = ${userId} AND role = 'ADMIN')`
    : sql`EXISTS (SELECT 1 FROM ${users} WHERE id = ${userId} AND password_hash = ${proof.hash})`;
