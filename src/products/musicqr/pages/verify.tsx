import type { AppContext } from "../../../http/context.ts";
import { sendPage } from "../../../http/html.ts";
import { useNonce } from "../../../http/response-headers.ts";
import { newRouter } from "../../../http/validation.ts";
import { negotiateLanguage } from "../../../ui/i18n.ts";
import { type ScanOutcome, verifyScan } from "../verify-scan.ts";
import { type Shown, VerifyPage } from "./verify-page.tsx";

const STATUS: Partial<Record<Shown["kind"], 400 | 429>> = { malformed: 400, rate_limited: 429 };

/** Most sheet music is sold in China, so a phone that names no language gets Chinese. */
const languageOf = (c: AppContext) => negotiateLanguage(c.req.header("accept-language"), "zh-CN");

const page = (c: AppContext, code: string | undefined, shown: Shown) => {
  c.header("Cache-Control", "no-store");
  if (shown.kind === "rate_limited") c.header("Retry-After", String(shown.retryAfterSeconds));
  const view = <VerifyPage language={languageOf(c)} nonce={useNonce(c)} code={code} shown={shown} />;
  return sendPage(c, view, STATUS[shown.kind] ?? 200);
};

/** Redirects to the page of a code that was typed in, or printed in the earlier URL format. */
const toCode = (c: AppContext, input: string) => {
  // Users may type the code in groups of four, as it is printed.
  const code = input.replace(/[\s-]+/g, "").toUpperCase();
  return c.redirect(`/verify/${encodeURIComponent(code || "-")}`, 302);
};

export const verifyPages = newRouter();

verifyPages.get("/", (c, next) => {
  const code = c.req.query("code");
  if (code !== undefined) return toCode(c, code);
  return c.get("hasOwnHost") ? page(c, undefined, { kind: "asking" }) : next();
});

verifyPages.get("/verify", (c) => {
  const code = c.req.query("code");
  return code === undefined ? page(c, undefined, { kind: "asking" }) : toCode(c, code);
});

verifyPages.get("/verify/:code", async (c) => {
  const { code, verdict }: ScanOutcome = await verifyScan(c, c.req.param("code"));
  return page(c, code, verdict);
});
