import { failUnrouted } from "../../http/context.ts";
import { preflight } from "../../http/cors.ts";
import type { Product } from "../../http/product.ts";
import { newRouter } from "../../http/validation.ts";
import { renderError } from "./errors.ts";
import { anybody } from "./limits.ts";
import { confirmEmailPage } from "./pages/confirm-email.tsx";
import { resetPasswordPage } from "./pages/reset-password.tsx";
import { sharePages } from "./pages/share.tsx";
import { avatar } from "./routes/avatar.ts";
import { confirmEmail } from "./routes/confirm-email.ts";
import { credits } from "./routes/credits.ts";
import { download } from "./routes/download.ts";
import { forgotPassword } from "./routes/forgot-password.ts";
import { generate } from "./routes/generate.ts";
import { generateStream } from "./routes/generate-stream.ts";
import { login } from "./routes/login.ts";
import { orders } from "./routes/orders.ts";
import { profile } from "./routes/profile.ts";
import { register } from "./routes/register.ts";
import { resetPassword } from "./routes/reset-password.ts";
import { session } from "./routes/session.ts";
import { videos } from "./routes/videos.ts";

const router = newRouter();
// Signing in is not for other origins: the refresh cookie is beside it.
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
// What is not there counts too: every answer of this interface says how many are left.
for (const part of ["auth", "users", "videos", "credits", "orders"]) {
  router.all(`/api/${part}/*`, anybody, failUnrouted);
}

router.openAPIRegistry.registerComponent("securitySchemes", "SoraBearer", {
  type: "http",
  scheme: "bearer",
  bearerFormat: "JWT",
  description: "The access token of register, login or refresh; 15 minutes.",
});
router.openAPIRegistry.registerComponent("securitySchemes", "SoraRefreshCookie", {
  type: "apiKey",
  in: "cookie",
  name: "refreshToken",
  description: "HttpOnly, SameSite=Strict, 7 days; good for one exchange.",
});

const OWNED = /^\/(api\/(auth|users|videos|credits|orders)|share|reset-password|confirm-email)(\/|$)/;

/** Interfaces a page of any origin may call that holds an access token: no cookie opens them. */
const TOKEN_ONLY = /^\/api\/(users|videos|credits|orders)(\/|$)/;

export const sora: Product = {
  name: "sora",
  title: "Sora2",
  description: "AI video generation with live progress, credits, orders and payments.",
  version: "1.0.0",
  router,
  renderError,
  owns: (path) => OWNED.test(path),
  openToAllOrigins: (path) => TOKEN_ONLY.test(path),
};
