import { createRoute, z } from "@hono/zod-openapi";
import {
  answerAt,
  type OAuthClient,
  type ReadAuthorization,
  readAuthorization,
} from "../../../core/oauth/index.ts";
import { consumeLimits, limitAddress } from "../../../http/authentication.ts";
import { KIB, limitBody, readFormFields } from "../../../http/body.ts";
import { clientNetwork } from "../../../http/client.ts";
import type { AppContext } from "../../../http/context.ts";
import { retryAfterSeconds } from "../../../http/limits.ts";
import { answerOrigin } from "../../../http/origins.ts";
import { isFromAnotherSite } from "../../../http/same-origin.ts";
import { signIn } from "../../../http/sign-in.ts";
import { newRouter } from "../../../http/validation.ts";
import { MINUTE_MS } from "../../../lib/clock.ts";
import type { Failure } from "../../../lib/domain-error.ts";
import { err, ok, type Result } from "../../../lib/result.ts";
import {
  endSignIn,
  formTokenOf,
  isFormToken,
  keepSignIn,
  SIGN_IN_TTL_MS,
  signInOf,
} from "../oauth-sign-in.ts";
import { AUTHORIZE_PATH } from "../oauth-wire.ts";
import { consentPage, signInPage, stopPage } from "../pages/authorize.tsx";
import { isResourceOf } from "../resource.ts";
import { fail } from "../respond.ts";
import { TAGS } from "./operation.ts";

const query = z.object({
  response_type: z.literal("code"),
  client_id: z.string().openapi({ example: "client_…" }),
  redirect_uri: z
    .string()
    .optional()
    .openapi({ description: "One that is registered; may be left out where there is only one" }),
  scope: z.string().optional().openapi({ example: "audio:read users:write" }),
  state: z.string().max(2_048).optional(),
  code_challenge: z.string().length(43).optional(),
  code_challenge_method: z.literal("S256").optional(),
  resource: z.string().optional().openapi({
    description:
      "RFC 8707: this origin or an API path of it, any number of times; a foreign one is `invalid_target`",
  }),
});

const page = { "text/html": { schema: z.string() } };

const authorizeRoute = createRoute({
  method: "get",
  path: AUTHORIZE_PATH,
  operationId: "oauthAuthorize",
  tags: [TAGS.oauth],
  summary: "Ask an account to let an application in",
  description:
    "Where an application sends people: they sign in, see what it wants, and are sent back to `redirect_uri` with `code`, `state` and `iss` (RFC 9207), or with `error`. An address has to be registered to the letter; only the port of `http://127.0.0.1` and `http://[::1]` is free. Applications without a secret, and those with a private-use scheme, need PKCE (S256). Before sign-in there is no redirect to an application: every error is a page here (RFC 9700, 4.11.2). After sign-in an error is sent to `redirect_uri`, if application and address are right. A POST with the same parameters in a form does the same.",
  request: { query },
  responses: {
    200: { description: "The page to sign in at, or the one that asks", content: page },
    303: { description: "Back to the application with an error, for an account that is signed in" },
    400: {
      description: "No such application, not its address, or any other error before sign-in",
      content: page,
    },
    429: { description: "Too many requests", content: page },
    500: { description: "The platform failed", content: page },
  },
});

interface Asking {
  readonly app: OAuthClient & { readonly owner: string };
  readonly asked: Extract<ReadAuthorization, { kind: "ask" }>["authorization"];
}

/** To the same question, asked anew. */
const askAgain = (c: AppContext) => {
  const { pathname, search } = new URL(c.req.url);
  c.header("Cache-Control", "no-store");
  return c.redirect(pathname + search, 303);
};

/** Back to the application. RFC 9207: it is told who answers. */
const leave = (c: AppContext, uri: string, answer: Readonly<Record<string, string | undefined>>) => {
  c.header("Cache-Control", "no-store");
  return c.redirect(answerAt(uri, { ...answer, iss: answerOrigin(c) }), 303);
};

/** What the request asks for, or the answer to one that cannot be asked about. */
const read = async (c: AppContext): Promise<Asking | Response> => {
  const { searchParams } = new URL(c.req.url);
  const app = await c.get("services").oauthClients.find(searchParams.get("client_id") ?? "");
  const found = readAuthorization(searchParams, app, isResourceOf(c));
  if (!app || found.kind === "stop") return stopPage(c, found.kind === "stop" ? found.why : "client");
  if (found.kind === "ask") return { app, asked: found.authorization };
  const { redirectUri, state, reason, detail } = found.refusal;
  // Anyone may register an application: without a sign-in, a request with a deliberate error would make this origin
  // forward every visitor to that application's address (RFC 9700, 4.11.2).
  if (!(await signInOf(c))) return stopPage(c, "request", `${reason}: ${detail}`);
  return leave(c, redirectUri, { error: reason, error_description: detail, state });
};

const ask = async (c: AppContext, { app, asked }: Asking, again?: boolean) => {
  const signedIn = await signInOf(c);
  if (!signedIn) return signInPage(c, app);
  const formToken = await formTokenOf(signedIn, asked);
  return consentPage(c, { app, asked, user: signedIn.caller.user, formToken, ...(again && { again }) });
};

const signInHere = async (
  c: AppContext,
  form: URLSearchParams,
): Promise<Result<void, Failure<"credentials_invalid" | "invalid_request" | "rate_limited">>> => {
  const [identifier, password] = [(form.get("identifier") ?? "").trim(), form.get("password") ?? ""];
  if (!identifier || identifier.length > 254 || !password || password.length > 256)
    return err({ code: "invalid_request", issues: [] });
  const limit = c.get("services").settings.LOOPSPACE_LOGIN_LIMIT;
  const decision = await consumeLimits(c, `loopspace-login:address:${clientNetwork(c)}`, [
    { name: "login", limit, windowMs: 15 * MINUTE_MS },
  ]);
  if (!decision.allowed)
    return err({ code: "rate_limited", retryAfterSeconds: retryAfterSeconds(decision.resetAt, Date.now()) });
  const signedIn = await signIn(c, identifier, password, SIGN_IN_TTL_MS, SIGN_IN_TTL_MS);
  if (!signedIn.ok) return signedIn;
  keepSignIn(c, signedIn.value);
  return ok(undefined);
};

/** What somebody said to the question: only who was asked it can, and only to what was asked. */
const decide = async (c: AppContext, asking: Asking, form: URLSearchParams) => {
  const { asked } = asking;
  const signedIn = await signInOf(c);
  if (!signedIn) return ask(c, asking);
  if (!(await isFormToken(signedIn, asked, form.get("form_token") ?? ""))) return ask(c, asking, true);
  const { redirectUri, state } = asked;
  switch (form.get("action")) {
    case "sign_out":
      await endSignIn(c, signedIn);
      return askAgain(c);
    case "allow": {
      const { user, sessionId } = signedIn.caller;
      const code = await c.get("services").oauthGrants.issueCode(user.id, asked, sessionId);
      // Signed out meanwhile: the page asks for the password first.
      return code.ok ? leave(c, redirectUri, { code: code.value, state }) : ask(c, asking);
    }
    default:
      return leave(c, redirectUri, {
        error: "access_denied",
        error_description: "it was not allowed",
        state,
      });
  }
};

const limited = limitAddress("loopspace-authorize", (c) => [
  { name: "pages", limit: c.get("services").settings.LOOPSPACE_GUEST_LIMIT, windowMs: MINUTE_MS },
]);

export const oauthAuthorize = newRouter();
oauthAuthorize.openAPIRegistry.registerPath(authorizeRoute);

// By hand: mistakes are said to a person on a page, or to the application in the address.
oauthAuthorize.get(AUTHORIZE_PATH, limited, async (c) => {
  const asking = await read(c);
  return asking instanceof Response ? asking : ask(c, asking);
});

oauthAuthorize.post(AUTHORIZE_PATH, limited, limitBody(16 * KIB), async (c) => {
  const form = await readFormFields(c);
  // An application may send its request as a form (RFC 6749, 3.1); what our own pages send says what it is.
  if (!form.has("action")) return c.redirect(`${AUTHORIZE_PATH}?${form}`, 303);
  if (isFromAnotherSite(c)) return fail(c, { code: "origin_forbidden" });
  const asking = await read(c);
  if (asking instanceof Response) return asking;
  if (form.get("action") !== "sign_in") return decide(c, asking, form);
  const signedIn = await signInHere(c, form);
  return signedIn.ok ? askAgain(c) : signInPage(c, asking.app, signedIn.error);
});
