import { users } from "../../platform/db/schema/identity.ts";

/** The data of an account that its owner may see. Times are ms UTC. */
export interface User {
  readonly id: number;
  readonly uuid: string;
  /** The name in the spelling that the user entered. */
  readonly username: string;
  readonly email: string | null;
  /** When the address was confirmed through its mailbox; null if it is not confirmed. ms UTC */
  readonly emailConfirmedAt: number | null;
  /** The address that replaces `email` when it is confirmed through its mailbox. */
  readonly pendingEmail: string | null;
  readonly role: "USER" | "ADMIN";
  readonly plan: "free" | "pro";
  /** When the plan `pro` ends; null if it has no end. ms UTC */
  readonly planUntil: number | null;
  readonly avatarKey: string | null;
  /** The name that meetings show. */
  readonly fullName: string;
  /** The URL of a picture on another site; null if none was given. */
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
  // Older rows have 0 here.
  updatedAt: Math.max(at.updatedAt, at.createdAt),
});

export const foldEmail = (email: string): string => email.trim().toLowerCase();
