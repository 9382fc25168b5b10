import type { OAuthReason } from "../../lib/domain-error.ts";
import { parseScopes, type Scope } from "../access/index.ts";
import type { OAuthClient } from "./clients.ts";
import { isPrivateUse, isRegistered } from "./redirects.ts";

/** The scopes of a request that names none. They allow reading only. */
export const DEFAULT_SCOPES: readonly Scope[] = ["audio:read", "users:read"];

/** The request of an application for access to an account. */
export interface Authorization {
  readonly clientId: string;
  /** The URI that receives the authorization response. */
  readonly redirectUri: string;
  /** The redirect URI as given in the request; empty if it was omitted because only one URI is registered. */
  readonly requestedRedirectUri: string;
  readonly scopes: readonly Scope[];
  readonly state: string | undefined;
  /** The PKCE challenge (method S256); null if the request has none. */
  readonly codeChallenge: string | null;
}

/** An error response to the application, sent instead of a code. */
export interface Refusal {
  readonly redirectUri: string;
  readonly state: string | undefined;
  readonly reason: OAuthReason;
  readonly detail: string;
}

/**
 * The result of reading an authorization request. `ask`: the user is asked for consent. `refuse`: the application
 * receives an error at its redirect URI. `stop`: the client or its redirect URI is not valid, so the error is shown
 * to the user only, because a redirect could lead to an attacker's site.
 */
export type ReadAuthorization =
  | { readonly kind: "ask"; readonly authorization: Authorization }
  | { readonly kind: "refuse"; readonly refusal: Refusal }
  | { readonly kind: "stop"; readonly why: "client" | "redirect" };

const CHALLENGE = /^[A-Za-z0-9_-]{43}$/;
const MAX_STATE = 2_048;

/** Returns whether a resource indicator (RFC 8707) names an API whose tokens this server issues. */
export type IsResource = (resource: string) => boolean;

export const UNKNOWN_RESOURCE_ERROR = ["invalid_target", "resource must be an API of this server"] as const;

/** Reads the parameters of a request with a valid redirect URI. Returns an error, or what the request asks for. */
const read = (
  said: (name: string) => string | undefined,
  needsChallenge: boolean,
): { readonly scopes: readonly Scope[]; readonly codeChallenge: string | null } | [OAuthReason, string] => {
  const type = said("response_type");
  if (type === undefined) return ["invalid_request", "response_type is missing"];
  if (type !== "code") return ["unsupported_response_type", "response_type must be code"];
  if ((said("response_mode") ?? "query") !== "query")
    return ["invalid_request", "response_mode must be query"];
  if ((said("state") ?? "").length > MAX_STATE)
    return ["invalid_request", `state must have at most ${MAX_STATE} characters`];
  const challenge = said("code_challenge");
  const method = said("code_challenge_method");
  // Without a method, "plain" would apply (RFC 7636, 4.3), which does not protect from an attacker that reads the
  // request.
  if ((challenge ?? method) !== undefined && method !== "S256")
    return ["invalid_request", "code_challenge_method must be S256"];
  if (method !== undefined && !CHALLENGE.test(challenge ?? ""))
    return ["invalid_request", "code_challenge must be 43 characters of base64url"];
  if (needsChallenge && challenge === undefined)
    return [
      "invalid_request",
      "code_challenge is required if the application has no secret or redirect_uri has a private-use scheme",
    ];
  const scope = said("scope");
  const scopes = scope === undefined ? DEFAULT_SCOPES : parseScopes(scope);
  if (!scopes || scopes.length === 0)
    return ["invalid_scope", "scope must name one or more known scopes and no others"];
  return { scopes, codeChallenge: challenge ?? null };
};

/** Reads an authorization request. `client` is the application with its `client_id`; undefined if there is none. */
export const readAuthorization = (
  query: URLSearchParams,
  client: OAuthClient | undefined,
  isResource: IsResource,
): ReadAuthorization => {
  const isRepeated = (name: string) => name !== "resource" && query.getAll(name).length > 1;
  // A parameter without a value counts as omitted (RFC 6749, 3.1).
  const said = (name: string) => query.get(name) || undefined;
  if (!client || isRepeated("client_id")) return { kind: "stop", why: "client" };
  const requestedRedirectUri = said("redirect_uri") ?? "";
  const redirectUri =
    requestedRedirectUri || (client.redirectUris.length === 1 ? client.redirectUris[0] : undefined);
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
  // PKCE is required for private-use schemes: another app on the device may claim the same scheme and receive the
  // code (RFC 8252, 8.1).
  const found = read(said, client.isPublic || isPrivateUse(redirectUri));
  if (Array.isArray(found)) return refuse(...found);
  if (!query.getAll("resource").every((one) => one === "" || isResource(one)))
    return refuse(...UNKNOWN_RESOURCE_ERROR);
  return {
    kind: "ask",
    authorization: { clientId: client.id, redirectUri, requestedRedirectUri, state, ...found },
  };
};
