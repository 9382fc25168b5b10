import type { Child } from "hono/jsx";
import type { ContentfulStatusCode } from "hono/utils/http-status";
import type { EmailLink } from "../../../core/identity/index.ts";
import { callerOf } from "../../../http/authentication.ts";
import { KIB, limitBody } from "../../../http/body.ts";
import type { AppContext } from "../../../http/context.ts";
import { CONFIRM_EMAIL_PATH, followEmailLink } from "../../../http/email-addresses.ts";
import { sendPage } from "../../../http/html.ts";
import { signIn } from "../../../http/sign-in.ts";
import { newRouter } from "../../../http/validation.ts";
import { MINUTE_MS } from "../../../lib/clock.ts";
import { Field } from "../../../ui/components.tsx";
import { limitLogin, limitPublicCalls } from "../limits.ts";
import { EMAIL_MESSAGES } from "./email-messages.ts";
import { languageAndMessages, SoraLayout } from "./layout.tsx";

const NOT_MINE = "not-mine";

type Outcome = "confirmed" | "changed" | "removed" | "dead" | "taken";
type Problem = "password" | "wait";

const STATUS: Record<Outcome, ContentfulStatusCode> = {
  confirmed: 200,
  changed: 200,
  removed: 200,
  dead: 400,
  taken: 409,
};

const page = (c: AppContext, title: string, content: Child, status: ContentfulStatusCode) => {
  c.header("Cache-Control", "no-store");
  return sendPage(
    c,
    <SoraLayout language={languageAndMessages(c).language} title={title} narrow scripts={["confirm-email"]}>
      {content}
    </SoraLayout>,
    status,
  );
};

const outcomePage = (c: AppContext, outcome: Outcome) => {
  const text = EMAIL_MESSAGES[languageAndMessages(c).language];
  const isGood = STATUS[outcome] === 200;
  return page(
    c,
    text.title,
    <section class="card">
      <h1>{text.title}</h1>
      <p class={isGood ? "notice notice-good" : "notice notice-bad"} role="status">
        {text.outcomes[outcome]}
      </p>
    </section>,
    STATUS[outcome],
  );
};

interface Asked {
  readonly token: string;
  readonly link: EmailLink;
  /** Whether the request is signed in as the account of the link. */
  readonly isOwner: boolean;
  readonly problem?: Problem;
}

/** Asks before acting, so that a mail scanner that opens the link changes nothing. */
const askPage = (c: AppContext, { token, link, isOwner, problem }: Asked) => {
  const text = EMAIL_MESSAGES[languageAndMessages(c).language];
  const { kind, email, username } = link;
  return page(
    c,
    text.title,
    <form class="card" method="post" action={CONFIRM_EMAIL_PATH}>
      <h1>{text.title}</h1>
      {problem && (
        <p class="notice notice-bad" role="alert">
          {text.problems[problem]}
        </p>
      )}
      <p style="overflow-wrap:anywhere">{text.asks[kind](username, email)}</p>
      <input type="hidden" name="token" value={token} />
      {kind === "confirm" && !isOwner && (
        <Field label={text.password(username)}>
          <input name="password" type="password" autocomplete="current-password" maxlength={256} required />
        </Field>
      )}
      <button type="submit">{text.confirm[kind]}</button>
      <p class="small">
        <a href={`${CONFIRM_EMAIL_PATH}?token=${encodeURIComponent(token)}&${NOT_MINE}=1`}>
          {text.isNotMine}
        </a>
      </p>
    </form>,
    problem === "wait" ? 429 : problem ? 401 : 200,
  );
};

const notMinePage = (c: AppContext, { token, link }: Pick<Asked, "token" | "link">) => {
  const text = EMAIL_MESSAGES[languageAndMessages(c).language];
  return page(
    c,
    text.notMineTitle,
    <form class="card" method="post" action={CONFIRM_EMAIL_PATH}>
      <h1>{text.notMineTitle}</h1>
      <p style="overflow-wrap:anywhere">{text.notMine(link.username, link.email)}</p>
      <input type="hidden" name="token" value={token} />
      <button type="submit" name="action" value={NOT_MINE}>
        {text.remove}
      </button>
    </form>,
    200,
  );
};

/** The pages that links in mails about addresses open. GET changes nothing; only the form does. */
export const confirmEmailPage = newRouter();

confirmEmailPage.get(CONFIRM_EMAIL_PATH, limitPublicCalls, async (c) => {
  const token = c.req.query("token") ?? "";
  const link = await c.get("services").emailAddresses.find(token);
  if (!link) return outcomePage(c, "dead");
  if (c.req.query(NOT_MINE) !== undefined) return notMinePage(c, { token, link });
  const caller = await callerOf(c);
  return askPage(c, { token, link, isOwner: caller?.user.id === link.userId });
});

confirmEmailPage.post(CONFIRM_EMAIL_PATH, limitLogin, limitBody(16 * KIB), async (c) => {
  const { emailAddresses, accountSessions } = c.get("services");
  const { token = "", password, action } = await c.req.parseBody();
  const link = typeof token === "string" ? await emailAddresses.find(token) : undefined;
  if (!link || typeof token !== "string") return outcomePage(c, "dead");
  if (action === NOT_MINE) {
    const disowned = await emailAddresses.rejectAddress(token);
    return outcomePage(c, disowned.ok ? "removed" : "dead");
  }
  const caller = await callerOf(c);
  let isOwner = caller?.user.id === link.userId;
  if (link.kind === "confirm" && !isOwner) {
    if (typeof password !== "string" || password === "")
      return askPage(c, { token, link, isOwner, problem: "password" });
    // Signs in so that wrong passwords count like those at sign-in. The session itself is not needed and ends below.
    const signedIn = await signIn(c, link.username, password, MINUTE_MS, MINUTE_MS);
    if (!signedIn.ok) {
      const problem = signedIn.error.code === "rate_limited" ? "wait" : "password";
      return askPage(c, { token, link, isOwner, problem });
    }
    const { user, sessionId } = signedIn.value;
    await accountSessions.end(user, sessionId);
    isOwner = user.id === link.userId;
  }
  const confirmed = await followEmailLink(c, token, isOwner ? link.userId : undefined);
  if (confirmed.ok) return outcomePage(c, link.kind === "change" ? "changed" : "confirmed");
  return outcomePage(c, confirmed.error.code === "email_taken" ? "taken" : "dead");
});
