import { createRoute, z } from "@hono/zod-openapi";
import {
  type OAuthClient,
  type ReadAuthorization,
  readAuthorization,
  withResponseParameters,
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
import { authorizeQuery } from "../contract/index.ts";
import { AUTHORIZE_PATH } from "../oauth-answers.ts";
import {
  consentFormToken,
  endSignIn,
  isConsentFormTokenValid,
  SIGN_IN_TTL_MS,
  setSignInCookie,
  signInOf,
} from "../oauth-sign-in.ts";
import { authorizationErrorPage, consentPage, signInPage } from "../pages/authorize.tsx";
import { isResourceOf } from "../resource.ts";
import { fail } from "../respond.ts";
import { TAGS } from "./operation.ts";

const page = { "text/html": { schema: z.string() } };

const authorizeRoute = createRoute({
  method: "get",
  path: AUTHORIZE_PATH,
  operationId: "oauthAuthorize",
  tags: [TAGS.oauth],
  summary: "Ask a user to authorize an application",
  description:
    "An application sends the user's browser here. The user signs in, sees the requested scopes, and is redirected to `redirect_uri` with `code`, `state` and `iss` (RFC 9207), or with `error`. The address has to match a registered one exactly, except for the port of `http://127.0.0.1` and `http://[::1]`. PKCE (S256) is required for applications without a secret and for addresses with a private-use scheme. Before sign-in, every error is shown on a page here and nothing is redirected to the application (RFC 9700, 4.11.2). After sign-in, an error is sent to `redirect_uri` if the application and the address are valid. A POST with the same parameters as a form does the same.",
  request: { query: authorizeQuery },
  responses: {
    200: { description: "The sign-in page or the consent page", content: page },
    303: { description: "A redirect to the application with an error, after sign-in" },
    400: {
      description:
        "The application is unknown, the address is not registered, or there is another error before sign-in",
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

/** Redirects to the same authorization request, so that the browser loads it with GET. */
const askAgain = (c: AppContext) => {
  const { pathname, search } = new URL(c.req.url);
  c.header("Cache-Control", "no-store");
  return c.redirect(pathname + search, 303);
};

/** Redirects to the application. `iss` names the authorization server that answers (RFC 9207). */
const leave = (c: AppContext, uri: string, answer: Readonly<Record<string, string | undefined>>) => {
  c.header("Cache-Control", "no-store");
  return c.redirect(withResponseParameters(uri, { ...answer, iss: answerOrigin(c) }), 303);
};

/** Reads the authorization request. Returns a response where the request is invalid and no account can be asked. */
const read = async (c: AppContext): Promise<Asking | Response> => {
  const { searchParams } = new URL(c.req.url);
  const app = await c.get("services").oauthClients.find(searchParams.get("client_id") ?? "");
  const found = readAuthorization(searchParams, app, isResourceOf(c));
  if (!app || found.kind === "stop")
    return authorizationErrorPage(c, found.kind === "stop" ? found.why : "client");
  if (found.kind === "ask") return { app, asked: found.authorization };
  const { redirectUri, state, reason, detail } = found.refusal;
  // Anyone may register an application: without a sign-in, a request with a deliberate error would make this origin
  // forward every visitor to that application's address (RFC 9700, 4.11.2).
  if (!(await signInOf(c))) return authorizationErrorPage(c, "request", `${reason}: ${detail}`);
  return leave(c, redirectUri, { error: reason, error_description: detail, state });
};

const ask = async (c: AppContext, { app, asked }: Asking, again?: boolean) => {
  const signedIn = await signInOf(c);
  if (!signedIn) return signInPage(c, app);
  const formToken = await consentFormToken(signedIn, asked);
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
  setSignInCookie(c, signedIn.value);
  return ok(undefined);
};

/**
 * Handles the consent form. The form token ties the decision to the sign-in and to the request that the page showed.
 */
const decide = async (c: AppContext, asking: Asking, form: URLSearchParams) => {
  const { asked } = asking;
  const signedIn = await signInOf(c);
  if (!signedIn) return ask(c, asking);
  if (!(await isConsentFormTokenValid(signedIn, asked, form.get("form_token") ?? "")))
    return ask(c, asking, true);
  const { redirectUri, state } = asked;
  switch (form.get("action")) {
    case "sign_out":
      await endSignIn(c, signedIn);
      return askAgain(c);
    case "allow": {
      const { user, sessionId } = signedIn.caller;
      const code = await c.get("services").oauthGrants.issueCode(user.id, asked, sessionId);
      // The session has ended since the page was shown: the sign-in page comes first.
      return code.ok ? leave(c, redirectUri, { code: code.value, state }) : ask(c, asking);
    }
    default:
      return leave(c, redirectUri, {
        error: "access_denied",
        error_description: "the user denied the request",
        state,
      });
  }
};

const limited = limitAddress("loopspace-authorize", (c) => [
  { name: "pages", limit: c.get("services").settings.LOOPSPACE_GUEST_LIMIT, windowMs: MINUTE_MS },
]);

export const oauthAuthorize = newRouter();
oauthAuthorize.openAPIRegistry.registerPath(authorizeRoute);

// These routes are not validated by the schema above: an error has to be a page, or a redirect to the application.
oauthAuthorize.get(AUTHORIZE_PATH, limited, async (c) => {
  const asking = await read(c);
  return asking instanceof Response ? asking : ask(c, asking);
});

oauthAuthorize.post(AUTHORIZE_PATH, limited, limitBody(16 * KIB), async (c) => {
  const form = await readFormFields(c);
  // A form without `action` is an application's authorization request (RFC 6749, 3.1): our own pages always send one.
  if (!form.has("action")) return c.redirect(`${AUTHORIZE_PATH}?${form}`, 303);
  if (isFromAnotherSite(c)) return fail(c, { code: "origin_forbidden" });
  const asking = await read(c);
  if (asking instanceof Response) return asking;
  if (form.get("action") !== "sign_in") return decide(c, asking, form);
  const signedIn = await signInHere(c, form);
  return signedIn.ok ? askAgain(c) : signInPage(c, asking.app, signedIn.error);
});
