import { createRoute, z } from "@hono/zod-openapi";
import { KIB, limitBody } from "../../../http/body.ts";
import type { AppContext } from "../../../http/context.ts";
import { answerOrigin } from "../../../http/origins.ts";
import { newRouter } from "../../../http/validation.ts";
import { userIdOf } from "../../../lib/ids.ts";
import { err, ok } from "../../../lib/result.ts";
import { tokenQuerySchema, tokenStateSchema } from "../contract/index.ts";
import { jsonOrFormBody, OAUTH_ERRORS } from "../oauth-answers.ts";
import { readClientRequest } from "../oauth-client.ts";
import { fail, respond } from "../respond.ts";
import { CLIENT_SECURITY, json, TAGS } from "./operation.ts";

const REVOKE_PATH = "/api/oauth/revoke";
const INTROSPECT_PATH = "/api/oauth/introspect";

const revokeRoute = createRoute({
  method: "post",
  path: REVOKE_PATH,
  operationId: "oauthRevoke",
  tags: [TAGS.oauth],
  summary: "Revoke a token",
  description:
    "RFC 7009. Revoking an access token ends only that token; revoking a refresh token ends every token of its grant. An unknown token gets the same response.",
  security: CLIENT_SECURITY,
  request: { body: jsonOrFormBody(tokenQuerySchema, { token: "lso_…" }) },
  responses: { 200: json("The token is not valid any more", z.object({})), ...OAUTH_ERRORS },
});

const seconds = (ms: number): number => Math.floor(ms / 1_000);

const introspectRoute = createRoute({
  method: "post",
  path: INTROSPECT_PATH,
  operationId: "oauthIntrospect",
  tags: [TAGS.oauth],
  summary: "Introspect a token",
  description:
    "RFC 7662. For applications with a secret, about tokens issued to them. For any other token the response is `active: false` and nothing else.",
  security: CLIENT_SECURITY,
  request: { body: jsonOrFormBody(tokenQuerySchema, { token: "lso_…" }) },
  responses: { 200: json("The state of the token", tokenStateSchema), ...OAUTH_ERRORS },
});

/** Reads the authenticated application and the token of its request. */
const readQuestion = async (c: AppContext) => {
  const request = await readClientRequest(c);
  if (!request.ok) return request;
  const { client, said } = request.value;
  if (said.token === undefined)
    return err({ code: "oauth_refused", reason: "invalid_request", detail: "token is missing" });
  return ok({ client, token: said.token });
};

export const oauthTokenState = newRouter();
for (const route of [revokeRoute, introspectRoute]) oauthTokenState.openAPIRegistry.registerPath(route);

oauthTokenState.post(REVOKE_PATH, limitBody(16 * KIB), async (c) => {
  const question = await readQuestion(c);
  if (!question.ok) return fail(c, question.error);
  const { client, token } = question.value;
  const revoked = await c.get("services").oauthTokens.revoke(client, token);
  return respond(c, revoked, () => c.json({}));
});

oauthTokenState.post(INTROSPECT_PATH, limitBody(16 * KIB), async (c) => {
  const question = await readQuestion(c);
  if (!question.ok) return fail(c, question.error);
  const { client, token } = question.value;
  if (client.isPublic)
    return fail(c, {
      code: "oauth_refused",
      reason: "invalid_client",
      detail: "introspection needs a client secret",
    });
  const facts = await c.get("services").oauthTokens.introspect(client, token);
  if (!facts) return c.json({ active: false });
  return c.json({
    active: true,
    scope: facts.scopes.join(" "),
    client_id: client.id,
    username: facts.user.username,
    token_type: facts.kind === "access" ? "Bearer" : undefined,
    exp: seconds(facts.expiresAt),
    iat: seconds(facts.createdAt),
    sub: userIdOf(facts.user.uuid),
    iss: answerOrigin(c),
  });
});
