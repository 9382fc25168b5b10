import type { User } from "../identity/index.ts";
import { type Environment, SCOPES, type Scope } from "./facts.ts";

/** The account a request acts for, and what the request may do. */
export interface Access {
  readonly user: User;
  readonly environment: Environment;
  /** First-party tokens have every scope. */
  readonly scopes: readonly Scope[];
  /** The application that sends the request; null for the account itself and for its keys. */
  readonly clientId: string | null;
  /** The session of a first-party token. */
  readonly sessionId?: string;
  /** The credential usage is counted by: the id of a key or an application, `session` for first-party tokens. */
  readonly credential: string;
  /** The account that the call is counted for in the usage statistics: for an application, its developer's. */
  readonly usageAccountId: number;
}

const isScope = (word: string): word is Scope => (SCOPES as readonly string[]).includes(word);

/** Parses scopes as OAuth writes them, separated by spaces. Returns undefined if a word is not a known scope. */
export const parseScopes = (text: string): Scope[] | undefined => {
  const words = [...new Set(text.split(" ").filter((word) => word !== ""))];
  return words.every(isScope) ? words : undefined;
};

/** Parses the scopes of a database row. They were validated when the row was written. */
export const storedScopes = (text: string): Scope[] => text.split(" ").filter(isScope);

export const formatScope = (scopes: readonly Scope[]): string => scopes.join(" ");
