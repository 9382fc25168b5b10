import { users } from "../../platform/db/schema/identity.ts";

/** An account as its owner may see it. Times are ms UTC. */
export interface User {
  readonly id: number;
  readonly uuid: string;
  /** As it was written at register. */
  readonly username: string;
  readonly email: string | null;
  /** When its mailbox confirmed the address. ms UTC */
  readonly emailConfirmedAt: number | null;
  /** The address that takes the place of `email` once its mailbox confirms it. */
  readonly pendingEmail: string | null;
  readonly role: "USER" | "ADMIN";
  readonly plan: "free" | "pro";
  /** When `pro` ends, where it does. ms UTC */
  readonly planUntil: number | null;
  readonly avatarKey: string | null;
  /** How they are called in meetings. */
  readonly fullName: string;
  /** A picture elsewhere, where they said one. */
  readonly avatarUrl: string | null;
  readonly createdAt: number;
  readonly updatedAt: number;
}

export const userColumns = {
  id: users.id,
  uuid: users.uuid,
  name: users.username,
  displayName: users.displayName,
  email: users.email,
  emailConfirmedAt: users.emailConfirmedAt,
  pendingEmail: users.pendingEmail,
  role: users.role,
  plan: users.plan,
  planUntil: users.planUntil,
  avatarKey: users.avatarKey,
  fullName: users.fullName,
  avatarUrl: users.avatarUrl,
  createdAt: users.createdAt,
  updatedAt: users.updatedAt,
};

type UserRow = Omit<User, "username" | "fullName"> & {
  readonly name: string;
  readonly displayName: string | null;
  readonly fullName: string | null;
};

export const toUser = (
  {
    name,
    displayName,
    id,
    uuid,
    email,
    emailConfirmedAt,
    pendingEmail,
    role,
    plan,
    planUntil,
    avatarKey,
    fullName,
    avatarUrl,
    ...at
  }: UserRow,
  now: number,
): User => ({
  id,
  uuid,
  username: displayName ?? name,
  email,
  emailConfirmedAt,
  pendingEmail,
  role,
  ...(plan === "pro" && (planUntil === null || planUntil > now)
    ? { plan, planUntil }
    : { plan: "free", planUntil: null }),
  avatarKey,
  fullName: fullName ?? displayName ?? name,
  avatarUrl,
  createdAt: at.createdAt,
  // Older rows have none.
  updatedAt: Math.max(at.updatedAt, at.createdAt),
});

export const foldEmail = (email: string): string => email.trim().toLowerCase();
