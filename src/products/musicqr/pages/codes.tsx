import { newRouter } from "../../../http/validation.ts";
import { requireAdminPage } from "../admin-auth.ts";
import { listQuerySchema, toListQuery } from "../operations/admin-list-codes.ts";
import { adminPage, languageAndMessages } from "./admin-layout.tsx";
import { CodesPage } from "./codes-page.tsx";
import { printsLoopbackOrigin } from "./local-origin.ts";

export const codesPages = newRouter();

codesPages.get("/admin/codes", requireAdminPage, async (c) => {
  const { language } = languageAndMessages(c);
  // A URL with invalid parameters, for example edited by hand, shows the whole list instead of an error.
  const parsed = listQuerySchema.safeParse(c.req.query());
  const query = toListQuery(parsed.success ? parsed.data : listQuerySchema.parse({}));
  const found = await c.get("services").directory.page(query);
  const shown = { language, query, found, isLocal: printsLoopbackOrigin(c) };
  return adminPage(c, <CodesPage {...shown} />);
});
