import { createRoute } from "@hono/zod-openapi";
import {
  ACCESS_TOKEN_TTL_MS,
  type OAuthClient,
  type TokenSet,
  UNKNOWN_RESOURCE_ERROR,
} from "../../../core/oauth/index.ts";
import { KIB, limitBody } from "../../../http/body.ts";
import type { AppContext } from "../../../http/context.ts";
import { newRouter } from "../../../http/validation.ts";
import type { Failure } from "../../../lib/domain-error.ts";
import { err, type Result } from "../../../lib/result.ts";
import { tokenRequestSchema, tokenSchema } from "../contract/index.ts";
import { jsonOrFormBody, OAUTH_ERRORS } from "../oauth-answers.ts";
import { type RequestParameters, readClientRequest } from "../oauth-client.ts";
import { isResourceOf } from "../resource.ts";
import { fail } from "../respond.ts";
import { CLIENT_SECURITY, json, TAGS } from "./operation.ts";

const PATH = "/api/oauth/token";

const route = createRoute({
  method: "post",
  path: PATH,
  operationId: "oauthToken",
  tags: [TAGS.oauth],
  summary: "Exchange a code or a refresh token for tokens",
  description:
    "RFC 6749, with a body in JSON or as a form. The application authenticates in the body or by `Authorization: Basic`. A code can be used once, within a minute, and needs the `redirect_uri` of its authorization request; `code_verifier` is required where that request had a `code_challenge` (S256). A refresh token is replaced at each use. The previous one stays valid until its successor is first used, so that a request can be repeated when its response was lost; after that, using it counts as theft and revokes the whole grant. `client_credentials` issues a token for the account of the application's developer; after a reset of that account's password it is refused until the application's secret is rotated. Without `scope`, a token has `audio:read users:read`. A `resource` (RFC 8707) that is not an API of this origin is `invalid_target`. Access tokens are valid for an hour, refresh tokens for 90 days.",
  security: CLIENT_SECURITY,
  request: {
    body: jsonOrFormBody(tokenRequestSchema, { grant_type: "client_credentials", scope: "audio:read" }),
  },
  responses: { 200: json("The tokens", tokenSchema), ...OAUTH_ERRORS },
});

const missing = (name: string) =>
  err({ code: "oauth_refused", reason: "invalid_request", detail: `${name} is missing` });

const issue = async (
  c: AppContext,
  client: OAuthClient,
  said: RequestParameters,
): Promise<Result<TokenSet, Failure<"oauth_refused">>> => {
  const { oauthGrants } = c.get("services");
  const { grant_type: type, code, redirect_uri: redirectUri, code_verifier: codeVerifier } = said;
  switch (type) {
    case "authorization_code":
      if (code === undefined) return missing("code");
      return oauthGrants.exchangeCode(client, { code, redirectUri, codeVerifier });
    case "refresh_token":
      if (said.refresh_token === undefined) return missing("refresh_token");
      return oauthGrants.refresh(client, said.refresh_token, said.scope);
    case "client_credentials":
      return oauthGrants.issueToClient(client, said.scope);
    case undefined:
      return missing("grant_type");
    default:
      return err({
        code: "oauth_refused",
        reason: "unsupported_grant_type",
        detail: "grant_type must be authorization_code, refresh_token or client_credentials",
      });
  }
};

export const oauthToken = newRouter();
oauthToken.openAPIRegistry.registerPath(route);
// Not validated by the schema above: the body is JSON or a form, and errors have the format of RFC 6749.
oauthToken.post(PATH, limitBody(16 * KIB), async (c) => {
  const request = await readClientRequest(c);
  if (!request.ok) return fail(c, request.error);
  const { client, said, resources } = request.value;
  if (!resources.every(isResourceOf(c))) {
    const [reason, detail] = UNKNOWN_RESOURCE_ERROR;
    return fail(c, { code: "oauth_refused", reason, detail });
  }
  const issued = await issue(c, client, said);
  if (!issued.ok) return fail(c, issued.error);
  const { accessToken, refreshToken, scopes } = issued.value;
  c.header("Pragma", "no-cache");
  return c.json({
    access_token: accessToken,
    token_type: "Bearer",
    expires_in: ACCESS_TOKEN_TTL_MS / 1_000,
    refresh_token: refreshToken,
    scope: scopes.join(" "),
  });
});
