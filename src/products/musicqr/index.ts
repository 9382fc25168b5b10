import { preflight } from "../../http/cors.ts";
import type { Product } from "../../http/product.ts";
import { newRouter } from "../../http/validation.ts";
import { renderError } from "./errors.ts";
import { pages } from "./pages/index.ts";
import { adminAddCodes } from "./routes/admin-add-codes.ts";
import { adminCode } from "./routes/admin-code.ts";
import { adminExportCodes } from "./routes/admin-export-codes.ts";
import { adminImportCodes } from "./routes/admin-import-codes.ts";
import { adminListCodes } from "./routes/admin-list-codes.ts";
import { adminLogin } from "./routes/admin-login.ts";
import { adminPrint } from "./routes/admin-print.ts";
import { adminSessionRoutes } from "./routes/admin-session.ts";
import { adminStats } from "./routes/admin-stats.ts";
import { batch } from "./routes/batch.ts";
import { status } from "./routes/status.ts";
import { syncCodes } from "./routes/sync-codes.ts";
import { verify, verifyDirectly } from "./routes/verify.ts";

const router = newRouter();
for (const path of ["/api/status", "/api/verify/:code", "/api/sync-codes", "/api/codes/batch"]) {
  router.options(path, preflight);
}

// Fixed paths such as `/admin/api/codes/export` must be mounted before `/admin/api/codes/{code}`.
const operations = [
  verify,
  status,
  syncCodes,
  batch,
  adminLogin,
  adminSessionRoutes,
  adminStats,
  adminListCodes,
  adminAddCodes,
  adminImportCodes,
  adminExportCodes,
  adminPrint,
  adminCode,
  pages,
];
for (const operation of operations) router.route("/", operation);

router.openAPIRegistry.registerComponent("securitySchemes", "MusicQRApiKey", {
  type: "apiKey",
  in: "header",
  name: "X-API-Key",
  description:
    "The HMAC-SHA256, in hex, of the salt that the API document defines, keyed with the shared secret. If the value is not 64 hex digits, or is a JavaScript promise that was not awaited, the `message` of the 401 says so.",
});
router.openAPIRegistry.registerComponent("securitySchemes", "MusicQRSession", {
  type: "apiKey",
  in: "cookie",
  name: "session",
  description: "The cookie that `POST /admin/login` sets. It is valid for 12 hours or until sign-out.",
});

const OWNED = /^\/(api\/(status|verify|sync-codes|codes)|admin|verify)(\/|$)/;

export const musicqr: Product = {
  name: "musicqr",
  title: "MusicQR",
  description: "Verification of the authorization codes printed on sheet music.",
  version: "2.0.0",
  router,
  direct: verifyDirectly,
  renderError,
  owns: (path) => OWNED.test(path),
  openToAllOrigins: (path) => path.startsWith("/api/"),
};
