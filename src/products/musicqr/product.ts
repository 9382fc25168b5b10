import { preflight } from "../../http/cors.ts";
import type { Product } from "../../http/product.ts";
import { newRouter } from "../../http/validation.ts";
import { DAY_MS } from "../../lib/clock.ts";
import { pruneScans } from "./domain/index.ts";
import { renderError } from "./errors.ts";
import { adminAddCodes } from "./operations/admin-add-codes.ts";
import { adminCode } from "./operations/admin-code.ts";
import { adminExportCodes } from "./operations/admin-export-codes.ts";
import { adminImportCodes } from "./operations/admin-import-codes.ts";
import { adminListCodes } from "./operations/admin-list-codes.ts";
import { adminLogin } from "./operations/admin-login.ts";
import { adminPrint } from "./operations/admin-print.ts";
import { adminSessionRoutes } from "./operations/admin-session.ts";
import { adminStats } from "./operations/admin-stats.ts";
import { batch } from "./operations/batch.ts";
import { status } from "./operations/status.ts";
import { syncCodes } from "./operations/sync-codes.ts";
import { verify, verifyDirectly } from "./operations/verify.ts";
import { pages } from "./pages/index.ts";
import { consumeScanBatches } from "./scan-consumer.ts";
import { musicqrServices } from "./services.ts";

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

export const musicqr = {
  name: "musicqr",
  title: "MusicQR",
  description: "Verification of the authorization codes printed on sheet music.",
  version: "2.0.0",
  card: {
    about: {
      "zh-CN": "扫一扫乐谱上的二维码，即刻知道是不是正版。",
      en: "Scan the QR code on sheet music and know at once whether it is genuine.",
    },
    page: { href: "/verify", label: { "zh-CN": "验证乐谱", en: "Verify sheet music" } },
  },
  router,
  direct: verifyDirectly,
  renderError,
  owns: (path) => OWNED.test(path),
  openToAllOrigins: (path) => path.startsWith("/api/"),
  services: musicqrServices,
  consumers: { scans: consumeScanBatches },
  jobs: {
    scans: ({ db, settings }, now) => pruneScans(db, now, settings.SCAN_RETENTION_DAYS * DAY_MS),
  },
} satisfies Product;
