export {
  type Authorization,
  type ReadAuthorization,
  readAuthorization,
  UNKNOWN_RESOURCE_ERROR,
} from "./authorization.ts";
export { type NewOAuthClient, type OAuthClient, OAuthClients } from "./clients.ts";
export { ACCESS_TOKEN_TTL_MS, type AuthorizedApp, OAuthGrants, type TokenSet } from "./grants.ts";
export { destinationOf, isRedirectUri, withResponseParameters } from "./redirects.ts";
export { OAuthTokens } from "./token-lookup.ts";
