import { createRoute, z } from "@hono/zod-openapi";
import { foldEmail, RESET_TTL_MS, resetMail } from "../../../core/identity/index.ts";
import { emailSchema } from "../../../http/account-fields.ts";
import { KIB, limitBody } from "../../../http/body.ts";
import type { AppContext } from "../../../http/context.ts";
import { publicOrigin } from "../../../http/origins.ts";
import { newRouter } from "../../../http/validation.ts";
import { HOUR_MS } from "../../../lib/clock.ts";
import { negotiateLanguage } from "../../../ui/i18n.ts";
import { anybody } from "../limits.ts";
import { messageSchema } from "../wire.ts";
import { errors, json, jsonBody, TAGS } from "./operation.ts";

/** Nobody's mailbox is flooded through us. */
const MAILS = [{ name: "reset-mails", limit: 3, windowMs: HOUR_MS }];

const route = createRoute({
  method: "post",
  path: "/api/auth/forgot-password",
  operationId: "soraForgotPassword",
  tags: [TAGS.auth],
  summary: "Ask for a link to set a new password",
  description:
    "Mails a link that is good for an hour and for one use, at most three an hour. The answer is the same whether or not the address has an account, and takes as long.",
  middleware: [anybody, limitBody(16 * KIB)] as const,
  request: { body: jsonBody(z.object({ email: emailSchema }), { email: "user@example.com" }) },
  responses: { 200: json("The same for every address", messageSchema), ...errors(400, 413) },
});

const mailLink = async (c: AppContext, email: string): Promise<void> => {
  const services = c.get("services");
  const decision = await services.takeFromLimits(`reset-mail:${foldEmail(email)}`, MAILS);
  if (!decision.allowed) return;
  const language = negotiateLanguage(c.req.header("accept-language"), "zh-CN");
  const page = `${publicOrigin(c)}/reset-password`;
  await services.passwordResets.request(email, ({ email: to, username, token }) =>
    services.sendMail({
      to,
      ...resetMail(language, { username, link: `${page}?token=${token}`, hours: RESET_TTL_MS / HOUR_MS }),
    }),
  );
};

export const forgotPassword = newRouter().openapi(route, (c) => {
  const { email } = c.req.valid("json");
  // After the answer: how long it takes says nothing either.
  c.get("services").defer("reset_mail.failed", mailLink(c, email));
  return c.json({ message: "如果该邮箱已注册，重置链接已发送，请查收邮件" }, 200);
});
