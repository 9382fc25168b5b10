import type { OAuthReason } from "../../lib/domain-error.ts";
import { parseScope, type Scope } from "../developer/index.ts";
import type { OAuthClient } from "./clients.ts";
import { isPrivateUse, isRegistered } from "./redirects.ts";

/** What who names no scope is given: to look, not to touch. */
export const DEFAULT_SCOPES: readonly Scope[] = ["audio:read", "users:read"];

/** What an application asks an account for. */
export interface Authorization {
  readonly clientId: string;
  /** Where the answer goes. */
  readonly redirectUri: string;
  /** As the request said it; empty where it left it to the only one that is registered. */
  readonly askedUri: string;
  readonly scopes: readonly Scope[];
  readonly state: string | undefined;
  /** PKCE, S256. */
  readonly codeChallenge: string | null;
}

/** An answer to the application instead of a code. */
export interface Refusal {
  readonly redirectUri: string;
  readonly state: string | undefined;
  readonly reason: OAuthReason;
  readonly detail: string;
}

/**
 * A request may be asked about, be answered with a refusal at its application, or be one whose answer could go to a
 * stranger: that one is told to the person and to nobody else.
 */
export type ReadAuthorization =
  | { readonly kind: "ask"; readonly authorization: Authorization }
  | { readonly kind: "refuse"; readonly refusal: Refusal }
  | { readonly kind: "stop"; readonly why: "client" | "redirect" };

const CHALLENGE = /^[A-Za-z0-9_-]{43}$/;
const MAX_STATE = 2_048;

/** Whether a resource indicator (RFC 8707) names an API whose tokens are issued here. */
export type IsResource = (resource: string) => boolean;

export const FOREIGN_RESOURCE = ["invalid_target", "resource is not an API of this server"] as const;

/** What is wrong with a request whose answer has somewhere to go; else what it asks for. */
const read = (
  said: (name: string) => string | undefined,
  needsChallenge: boolean,
): { readonly scopes: readonly Scope[]; readonly codeChallenge: string | null } | [OAuthReason, string] => {
  const type = said("response_type");
  if (type === undefined) return ["invalid_request", "response_type is missing"];
  if (type !== "code") return ["unsupported_response_type", "response_type has to be code"];
  if ((said("response_mode") ?? "query") !== "query")
    return ["invalid_request", "response_mode has to be query"];
  if ((said("state") ?? "").length > MAX_STATE) return ["invalid_request", "state is too long"];
  const challenge = said("code_challenge");
  const method = said("code_challenge_method");
  // No method would mean "plain", which protects from nobody who can read the request.
  if ((challenge ?? method) !== undefined && method !== "S256")
    return ["invalid_request", "code_challenge_method has to be S256"];
  if (method !== undefined && !CHALLENGE.test(challenge ?? ""))
    return ["invalid_request", "code_challenge is not 43 characters of base64url"];
  if (needsChallenge && challenge === undefined)
    return [
      "invalid_request",
      "an application without a secret, or with a private-use scheme, needs a code_challenge",
    ];
  const scope = said("scope");
  const scopes = scope === undefined ? DEFAULT_SCOPES : parseScope(scope);
  if (!scopes || scopes.length === 0) return ["invalid_scope", "there is no such scope"];
  return { scopes, codeChallenge: challenge ?? null };
};

/** Reads the request of an application that was looked up by its `client_id`; undefined where there is none. */
export const readAuthorization = (
  query: URLSearchParams,
  client: OAuthClient | undefined,
  isResource: IsResource,
): ReadAuthorization => {
  const isRepeated = (name: string) => name !== "resource" && query.getAll(name).length > 1;
  // A parameter without a value counts as omitted (RFC 6749, 3.1).
  const said = (name: string) => query.get(name) || undefined;
  if (!client || isRepeated("client_id")) return { kind: "stop", why: "client" };
  const askedUri = said("redirect_uri") ?? "";
  const redirectUri = askedUri || (client.redirectUris.length === 1 ? client.redirectUris[0] : undefined);
  if (
    redirectUri === undefined ||
    isRepeated("redirect_uri") ||
    !isRegistered(client.redirectUris, redirectUri)
  )
    return { kind: "stop", why: "redirect" };
  const state = isRepeated("state") ? undefined : said("state");
  const repeated = [...query.keys()].find(isRepeated);
  const refuse = (reason: OAuthReason, detail: string): ReadAuthorization => ({
    kind: "refuse",
    refusal: { redirectUri, state, reason, detail },
  });
  if (repeated !== undefined) return refuse("invalid_request", "a parameter is repeated");
  // Another app on the same device may claim the scheme too and receive the code (RFC 8252, 8.1).
  const found = read(said, client.isPublic || isPrivateUse(redirectUri));
  if (Array.isArray(found)) return refuse(...found);
  if (!query.getAll("resource").every((one) => one === "" || isResource(one)))
    return refuse(...FOREIGN_RESOURCE);
  return {
    kind: "ask",
    authorization: { clientId: client.id, redirectUri, askedUri, state, ...found },
  };
};
