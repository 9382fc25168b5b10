import type { User } from "../identity/index.ts";

/** What a key or an application can be allowed. */
export const SCOPES = [
  "audio:read",
  "audio:write",
  "users:read",
  "users:write",
  "webhooks",
  // Apart from all others: it spends the account's credits.
  "purchases",
] as const;
export type Scope = (typeof SCOPES)[number];

/** Sandbox credentials see sandbox data and nothing else. */
export const ENVIRONMENTS = ["live", "sandbox"] as const;
export type Environment = (typeof ENVIRONMENTS)[number];

/** On whose behalf a request comes, and what it may do. */
export interface Access {
  readonly user: User;
  readonly environment: Environment;
  /** First-party tokens may everything. */
  readonly scopes: readonly Scope[];
  /** The application that speaks; null for the account itself and its keys. */
  readonly clientId: string | null;
  /** The session of a first-party token. */
  readonly sessionId?: string;
  /** What usage is counted by: id of a key or an application, `session` for first-party tokens. */
  readonly credential: string;
  /** The account whose figures have the call: the user's own, for an application its developer's. */
  readonly countedFor: number;
}

const isScope = (word: string): word is Scope => (SCOPES as readonly string[]).includes(word);

/** Scopes as OAuth writes them: separated by blanks. Undefined where there is a word that is none. */
export const parseScope = (text: string): Scope[] | undefined => {
  const words = [...new Set(text.split(" ").filter((word) => word !== ""))];
  return words.every(isScope) ? words : undefined;
};

/** Scopes of a row, which were checked when it was written. */
export const storedScopes = (text: string): Scope[] => text.split(" ").filter(isScope);

export const formatScope = (scopes: readonly Scope[]): string => scopes.join(" ");
