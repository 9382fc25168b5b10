import { newRouter } from "../../../http/validation.ts";
import { codePages } from "./code.tsx";
import { codesPages } from "./codes.tsx";
import { dashboardPages } from "./dashboard.tsx";
import { loginPages } from "./login.tsx";
import { newCodesPages } from "./new-codes.tsx";
import { verifyPages } from "./verify.tsx";

/** MusicQR's pages. `/admin/codes/new` and `/import` before `/admin/codes/{code}`. */
export const pages = newRouter();
for (const part of [verifyPages, loginPages, dashboardPages, codesPages, newCodesPages, codePages])
  pages.route("/", part);
