import { SESSION_IDLE_TTL_MS } from "../../core/identity/facts.ts";
import { failUnrouted } from "../../http/context.ts";
import { preflight } from "../../http/cors.ts";
import type { Product } from "../../http/product.ts";
import { newRouter } from "../../http/validation.ts";
import { durationText } from "../../lib/clock.ts";
import { renderError } from "./errors.ts";
import { limitPublicCalls } from "./limits.ts";
import { avatar } from "./operations/avatar.ts";
import { confirmEmail } from "./operations/confirm-email.ts";
import { credits } from "./operations/credits.ts";
import { download } from "./operations/download.ts";
import { forgotPassword } from "./operations/forgot-password.ts";
import { generate } from "./operations/generate.ts";
import { generateStream } from "./operations/generate-stream.ts";
import { login } from "./operations/login.ts";
import { orders } from "./operations/orders.ts";
import { profile } from "./operations/profile.ts";
import { register } from "./operations/register.ts";
import { resetPassword } from "./operations/reset-password.ts";
import { session } from "./operations/session.ts";
import { videos } from "./operations/videos.ts";
import { confirmEmailPage } from "./pages/confirm-email.tsx";
import { resetPasswordPage } from "./pages/reset-password.tsx";
import { sharePages } from "./pages/share.tsx";
import { ACCESS_TTL_MS } from "./sessions.ts";

const router = newRouter();
// The sign-in routes are not open to other origins, because they share their path with the refresh cookie.
for (const part of ["users", "videos", "credits", "orders"]) router.options(`/api/${part}/*`, preflight);
router.options("/api/videos", preflight);
router.options("/api/orders", preflight);
const operations = [
  register,
  login,
  session,
  forgotPassword,
  resetPassword,
  confirmEmail,
  profile,
  avatar,
  generate,
  generateStream,
  videos,
  download,
  credits,
  orders,
  resetPasswordPage,
  confirmEmailPage,
  sharePages,
];
for (const operation of operations) router.route("/", operation);
// Unknown paths count against the limit too: each response of this API has the rate limit headers.
for (const part of ["auth", "users", "videos", "credits", "orders"]) {
  router.all(`/api/${part}/*`, limitPublicCalls, failUnrouted);
}

router.openAPIRegistry.registerComponent("securitySchemes", "SoraBearer", {
  type: "http",
  scheme: "bearer",
  bearerFormat: "JWT",
  description: `The access token that register, login or refresh returns. It is valid for ${durationText(ACCESS_TTL_MS)}.`,
});
router.openAPIRegistry.registerComponent("securitySchemes", "SoraRefreshCookie", {
  type: "apiKey",
  in: "cookie",
  name: "refreshToken",
  description: `HttpOnly and SameSite=Strict; valid for ${durationText(SESSION_IDLE_TTL_MS)} and for one refresh.`,
});

const OWNED = /^\/(api\/(auth|users|videos|credits|orders)|share|reset-password|confirm-email)(\/|$)/;

/** Paths that pages of any origin may call with an access token. No cookie authorizes them. */
const TOKEN_ONLY = /^\/api\/(users|videos|credits|orders)(\/|$)/;

export const sora = {
  name: "sora",
  title: "Sora2",
  description: "AI video generation with live progress, credits, orders and payments.",
  version: "1.0.0",
  card: {
    about: {
      "zh-CN": "用文字生成视频，带积分与订单。",
      en: "Generate videos from text, with credits and orders.",
    },
  },
  router,
  renderError,
  owns: (path) => OWNED.test(path),
  openToAllOrigins: (path) => TOKEN_ONLY.test(path),
} satisfies Product;
