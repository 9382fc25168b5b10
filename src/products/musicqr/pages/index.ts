import { newRouter } from "../../../http/validation.ts";
import { codePages } from "./code.tsx";
import { codesPages } from "./codes.tsx";
import { dashboardPages } from "./dashboard.tsx";
import { loginPages } from "./login.tsx";
import { newCodesPages } from "./new-codes.tsx";
import { verifyPages } from "./verify.tsx";

/** The pages of MusicQR. `/admin/codes/new` and `/import` must be mounted before `/admin/codes/{code}`. */
export const pages = newRouter();
for (const part of [verifyPages, loginPages, dashboardPages, codesPages, newCodesPages, codePages])
  pages.route("/", part);
