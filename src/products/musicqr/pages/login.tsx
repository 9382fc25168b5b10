import type { AppContext } from "../../../http/context.ts";
import { newRouter } from "../../../http/validation.ts";
import type { DomainError } from "../../../lib/domain-error.ts";
import { Field } from "../../../ui/components.tsx";
import { formatNumber, type Language } from "../../../ui/i18n.ts";
import { adminSession } from "../admin-auth.ts";
import { AdminLayout, adminPage, languageAndMessages } from "./admin-layout.tsx";
import { ADMIN_MESSAGES } from "./admin-messages.ts";

const reasonOf = (language: Language, error: DomainError): string => {
  const text = ADMIN_MESSAGES[language];
  if (error.code === "rate_limited")
    return text.locked(formatNumber(language, Math.ceil(error.retryAfterSeconds / 60)));
  return error.code === "credentials_invalid" ? text.wrongPassword : text.incomplete;
};

const LoginPage = ({
  language,
  error,
}: {
  readonly language: Language;
  readonly error?: DomainError | undefined;
}) => {
  const text = ADMIN_MESSAGES[language];
  return (
    <AdminLayout language={language} title={text.signIn} narrow>
      <form class="card" method="post" action="/admin/login">
        <h1>{text.signIn}</h1>
        {error && (
          <p class="notice notice-bad" role="alert">
            {reasonOf(language, error)}
          </p>
        )}
        <Field label={text.username}>
          <input
            name="username"
            autocomplete="username"
            autocapitalize="none"
            spellcheck={false}
            required
            autofocus
          />
        </Field>
        <Field label={text.password}>
          <input name="password" type="password" autocomplete="current-password" required />
        </Field>
        <button type="submit">{text.signIn}</button>
      </form>
    </AdminLayout>
  );
};

/** Sends the sign-in page, with the error of a refused form if there is one. */
export const loginPage = (c: AppContext, error?: DomainError) => {
  const { language } = languageAndMessages(c);
  if (error?.code === "rate_limited") c.header("Retry-After", String(error.retryAfterSeconds));
  const status = !error
    ? 200
    : error.code === "rate_limited"
      ? 429
      : error.code === "credentials_invalid"
        ? 401
        : 400;
  return adminPage(c, <LoginPage language={language} error={error} />, status);
};

export const loginPages = newRouter();

loginPages.get("/admin/login", async (c) =>
  (await adminSession(c)).ok ? c.redirect("/admin/dashboard", 303) : loginPage(c),
);

loginPages.get("/admin", (c) => c.redirect("/admin/dashboard", 303));
