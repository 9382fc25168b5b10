import { type AppContext, fail } from "../../../http/context.ts";
import { newRouter } from "../../../http/validation.ts";
import type { Result } from "../../../lib/result.ts";
import { requireAdminPage, requireSameOrigin } from "../admin-auth.ts";
import { type CodeRecord, deleteCode, restoreCode, revokeCode, scanHistory } from "../domain/index.ts";
import { changeCode, findCode } from "../operations/admin-code.ts";
import { adminPage, languageAndMessages } from "./admin-layout.tsx";
import { CodePage } from "./code-page.tsx";
import { printsLoopbackOrigin } from "./local-origin.ts";

const SCANS_A_PAGE = 50;

export const codePages = newRouter();

codePages.get("/admin/codes/:code", requireAdminPage, async (c) => {
  const { language } = languageAndMessages(c);
  const found = await findCode(c, c.req.param("code"));
  if (!found.ok) return fail(c, found.error);
  const cursor = c.req.query("cursor");
  const history = await scanHistory(c.get("services").db, found.value.code, SCANS_A_PAGE, cursor);
  if (!history.ok) return fail(c, history.error);
  const shown = {
    language,
    record: found.value,
    history: history.value,
    isOlder: cursor !== undefined,
    isLocal: printsLoopbackOrigin(c),
  };
  return adminPage(c, <CodePage {...shown} />);
});

const changed = async (
  c: AppContext,
  result: Promise<Result<CodeRecord>>,
  next: (code: string) => string,
) => {
  const change = await result;
  return change.ok ? c.redirect(next(change.value.code), 303) : fail(c, change.error);
};

const toCodePage = (code: string): string => `/admin/codes/${code}`;

codePages.post("/admin/codes/:code/revoke", requireSameOrigin, requireAdminPage, (c) => {
  const { db } = c.get("services");
  return changed(
    c,
    changeCode(c, c.req.param("code"), (code) => revokeCode(db, code, Date.now())),
    toCodePage,
  );
});

codePages.post("/admin/codes/:code/restore", requireSameOrigin, requireAdminPage, (c) => {
  const { db } = c.get("services");
  return changed(
    c,
    changeCode(c, c.req.param("code"), (code) => restoreCode(db, code)),
    toCodePage,
  );
});

codePages.post("/admin/codes/:code/delete", requireSameOrigin, requireAdminPage, (c) => {
  const { db } = c.get("services");
  return changed(
    c,
    changeCode(c, c.req.param("code"), (code) => deleteCode(db, code)),
    () => "/admin/codes",
  );
});
