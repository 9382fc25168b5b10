import type { Child } from "hono/jsx";
import type { ContentfulStatusCode } from "hono/utils/http-status";
import type { User } from "../../../core/identity/index.ts";
import { type Authorization, destinationOf, type OAuthClient } from "../../../core/oauth/index.ts";
import type { AppContext } from "../../../http/context.ts";
import { sendPage } from "../../../http/html.ts";
import type { DomainError } from "../../../lib/domain-error.ts";
import { Field } from "../../../ui/components.tsx";
import { formatNumber, type Language, negotiateLanguage } from "../../../ui/i18n.ts";
import { Layout } from "../../../ui/layout.tsx";
import { MESSAGES } from "../../../ui/messages.ts";
import { AUTHORIZE_MESSAGES, type AuthorizationErrorReason } from "./authorize-messages.ts";
import { LOOPSPACE_MESSAGES } from "./messages.ts";

type App = OAuthClient & { readonly owner: string };

const speaking = (c: AppContext) => {
  const language = negotiateLanguage(c.req.header("accept-language"), "zh-CN");
  return { language, text: AUTHORIZE_MESSAGES[language] };
};

const send = (c: AppContext, title: string, content: Child, status: ContentfulStatusCode) => {
  const { language } = speaking(c);
  c.header("Cache-Control", "no-store");
  c.set("redirectsOffSite", true);
  const { brand } = LOOPSPACE_MESSAGES[language];
  return sendPage(
    c,
    <Layout
      language={language}
      title={`${title} · ${brand}`}
      brand={{ name: brand, href: "/loopspace" }}
      narrow
    >
      {content}
    </Layout>,
    status,
  );
};

/** Returns the target of the page's forms: the address of the authorization request itself. */
const formAction = (c: AppContext): string => {
  const { pathname, search } = new URL(c.req.url);
  return pathname + search;
};

const reasonOf = (language: Language, error: DomainError): string => {
  const text = AUTHORIZE_MESSAGES[language];
  if (error.code === "rate_limited")
    return text.waitMinutes(formatNumber(language, Math.ceil(error.retryAfterSeconds / 60)));
  return error.code === "credentials_invalid" ? text.wrongPassword : text.incomplete;
};

const statusOf = ({ code }: DomainError): ContentfulStatusCode =>
  code === "rate_limited" ? 429 : code === "credentials_invalid" ? 401 : 400;

/** Sends the sign-in page of an authorization request; with `error` after a sign-in that failed. */
export const signInPage = (c: AppContext, app: App, error?: DomainError) => {
  const { language, text } = speaking(c);
  if (error?.code === "rate_limited") c.header("Retry-After", String(error.retryAfterSeconds));
  return send(
    c,
    text.signInTitle,
    <form class="card" method="post" action={formAction(c)}>
      <h1>{text.signInTitle}</h1>
      <p class="muted">{text.signInFor(app.name)}</p>
      {error && (
        <p class="notice notice-bad" role="alert">
          {reasonOf(language, error)}
        </p>
      )}
      <Field label={text.identifier}>
        <input
          name="identifier"
          autocomplete="username"
          autocapitalize="none"
          spellcheck={false}
          maxlength={254}
          required
          autofocus
        />
      </Field>
      <Field label={text.password}>
        <input name="password" type="password" autocomplete="current-password" maxlength={256} required />
      </Field>
      <button type="submit" name="action" value="sign_in">
        {text.signIn}
      </button>
    </form>,
    error ? statusOf(error) : 200,
  );
};

interface Consent {
  readonly app: App;
  readonly asked: Authorization;
  readonly user: User;
  readonly formToken: string;
  /** The submitted form was not valid for this request, so that the user has to decide again. */
  readonly again?: boolean;
}

/** Sends the consent page: it shows the scopes that an application requests, and asks to allow or deny them. */
export const consentPage = (c: AppContext, { app, asked, user, formToken, again }: Consent) => {
  const { text } = speaking(c);
  return send(
    c,
    text.consentTitle(app.name),
    <form class="card" method="post" action={formAction(c)}>
      <input type="hidden" name="form_token" value={formToken} />
      <h1>{text.consentTitle(app.name)}</h1>
      <p class="muted">{text.by(app.owner)}</p>
      {again && (
        <p class="notice notice-warn" role="alert">
          {text.expiredForm}
        </p>
      )}
      <div>
        <p>{text.willBeAble}</p>
        <ul>
          {asked.scopes.map((scope) => (
            <li>{text.scopes[scope]}</li>
          ))}
        </ul>
      </div>
      <div class="actions">
        <button type="submit" name="action" value="allow">
          {text.allow}
        </button>
        <button type="submit" name="action" value="deny" class="button-quiet">
          {text.deny}
        </button>
      </div>
      <p class="muted small">
        {text.leadsTo(destinationOf(asked.redirectUri))}
        <br />
        {text.revocable}
      </p>
      <div class="heading">
        <span class="small">
          {text.signedInAs} <strong>{user.username}</strong>
        </span>
        <button type="submit" name="action" value="sign_out" class="button-quiet">
          {text.useAnother}
        </button>
      </div>
    </form>,
    again ? 403 : 200,
  );
};

/**
 * Sends the page of an error that is not reported to the application, because its address is not trusted or the
 * visitor has not signed in.
 */
export const authorizationErrorPage = (c: AppContext, why: AuthorizationErrorReason, detail?: string) => {
  const { language, text } = speaking(c);
  return send(
    c,
    text.stopTitle,
    <section class="card">
      <h1>{text.stopTitle}</h1>
      <p class="notice notice-bad" role="alert">
        {text.stop[why]}
      </p>
      {detail && (
        <p class="small">
          <span class="code">{detail}</span>
        </p>
      )}
      <p>{text.stopAdvice}</p>
      <p class="muted small">
        {MESSAGES[language].askWith} <span class="code">{c.get("requestId")}</span>
      </p>
    </section>,
    400,
  );
};
