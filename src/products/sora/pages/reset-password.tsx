import { passwordSchema } from "../../../http/account-fields.ts";
import { KIB, limitBody } from "../../../http/body.ts";
import type { AppContext } from "../../../http/context.ts";
import { sendPage } from "../../../http/html.ts";
import { newRouter } from "../../../http/validation.ts";
import { Field } from "../../../ui/components.tsx";
import { limitPublicCalls } from "../limits.ts";
import { languageAndMessages, SoraLayout } from "./layout.tsx";

const PATH = "/reset-password";

type Shown =
  | { readonly kind: "form"; readonly token: string; readonly wrong?: boolean }
  | { readonly kind: "done" }
  | { readonly kind: "dead" };

const STATUS = { form: 200, done: 200, dead: 400 } as const;

const page = (c: AppContext, shown: Shown) => {
  const { language, text } = languageAndMessages(c);
  c.header("Cache-Control", "no-store");
  const wrong = shown.kind === "form" && shown.wrong;
  return sendPage(
    c,
    <SoraLayout language={language} title={text.resetTitle} narrow>
      {shown.kind === "form" ? (
        <form class="card" method="post" action={PATH}>
          <h1>{text.resetTitle}</h1>
          {wrong && (
            <p class="notice notice-bad" role="alert">
              {text.passwordRule}
            </p>
          )}
          <input type="hidden" name="token" value={shown.token} />
          <Field label={text.newPassword}>
            <input
              name="password"
              type="password"
              autocomplete="new-password"
              minlength={8}
              maxlength={128}
              required
              autofocus
            />
          </Field>
          {!wrong && <p class="muted small">{text.passwordRule}</p>}
          <button type="submit">{text.setPassword}</button>
        </form>
      ) : (
        <section class="card">
          <h1>{text.resetTitle}</h1>
          <p class={shown.kind === "done" ? "notice" : "notice notice-bad"} role="status">
            {shown.kind === "done" ? text.resetDone : text.linkDead}
          </p>
          {shown.kind === "done" && <p class="muted small">{text.resetLeft}</p>}
        </section>
      )}
    </SoraLayout>,
    wrong ? 400 : STATUS[shown.kind],
  );
};

/** The page that the link in the mail opens. Only the token authorizes the reset; cookies are not read. */
export const resetPasswordPage = newRouter();

resetPasswordPage.get(PATH, limitPublicCalls, async (c) => {
  const token = c.req.query("token") ?? "";
  const good = token !== "" && (await c.get("services").passwordResets.isValid(token));
  return page(c, good ? { kind: "form", token } : { kind: "dead" });
});

resetPasswordPage.post(PATH, limitPublicCalls, limitBody(16 * KIB), async (c) => {
  const { token, password } = await c.req.parseBody();
  if (typeof token !== "string") return page(c, { kind: "dead" });
  const given = passwordSchema.safeParse(password);
  if (!given.success) return page(c, { kind: "form", token, wrong: true });
  const reset = await c.get("services").passwordResets.reset(token, given.data);
  return page(c, { kind: reset.ok ? "done" : "dead" });
});
