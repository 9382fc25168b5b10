export * from "./authorization.ts";
export { type NewOAuthClient, type OAuthClient, OAuthClients } from "./clients.ts";
export * from "./grants.ts";
export { answerAt, destinationOf, isRedirectUri } from "./redirects.ts";
export * from "./tokens.ts";
