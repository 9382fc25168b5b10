import { createRoute, z } from "@hono/zod-openapi";
import { foldEmail, RESET_TTL_MS, resetMail } from "../../../core/identity/index.ts";
import { emailSchema } from "../../../http/account-fields.ts";
import { KIB, limitBody } from "../../../http/body.ts";
import type { AppContext } from "../../../http/context.ts";
import { publicOrigin } from "../../../http/origins.ts";
import { newRouter } from "../../../http/validation.ts";
import { HOUR_MS } from "../../../lib/clock.ts";
import { negotiateLanguage } from "../../../ui/i18n.ts";
import { messageSchema } from "../contract.ts";
import { limitPublicCalls } from "../limits.ts";
import { errors, json, jsonBody, TAGS } from "./operation.ts";

/** Limits mails to one address, so that the platform cannot be used to flood a mailbox. */
const MAILS = [{ name: "reset-mails", limit: 3, windowMs: HOUR_MS }];

const route = createRoute({
  method: "post",
  path: "/api/auth/forgot-password",
  operationId: "soraForgotPassword",
  tags: [TAGS.auth],
  summary: "Request a link to reset the password",
  description:
    "Sends a mail with a link that is valid for one hour and for one use; at most three mails an hour per address. The response and its time are the same whether or not the address has an account.",
  middleware: [limitPublicCalls, limitBody(16 * KIB)] as const,
  request: { body: jsonBody(z.object({ email: emailSchema }), { email: "user@example.com" }) },
  responses: { 200: json("The same response for each address", messageSchema), ...errors(400, 413) },
});

const mailLink = async (c: AppContext, email: string): Promise<void> => {
  const services = c.get("services");
  const decision = await services.limits.consume(`reset-mail:${foldEmail(email)}`, MAILS);
  if (!decision.allowed) return;
  const language = negotiateLanguage(c.req.header("accept-language"), "zh-CN");
  const page = `${publicOrigin(c)}/reset-password`;
  await services.passwordResets.request(email, ({ email: to, username, token }) =>
    services.mailer.send({
      to,
      ...resetMail(language, { username, link: `${page}?token=${token}`, hours: RESET_TTL_MS / HOUR_MS }),
    }),
  );
};

export const forgotPassword = newRouter().openapi(route, (c) => {
  const { email } = c.req.valid("json");
  // Runs after the response, so that the response time does not reveal whether the account exists.
  c.get("services").defer("reset_mail.failed", mailLink(c, email));
  return c.json({ message: "如果该邮箱已注册，重置链接已发送，请查收邮件" }, 200);
});
