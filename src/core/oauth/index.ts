export * from "./authorization.ts";
export { type NewOAuthClient, type OAuthClient, OAuthClients } from "./clients.ts";
export * from "./grants.ts";
export { destinationOf, isRedirectUri, withResponseParameters } from "./redirects.ts";
export * from "./token-lookup.ts";
