import type { Child } from "hono/jsx";
import type { AppContext } from "../../../http/context.ts";
import { type PageView, sendPage } from "../../../http/html.ts";
import { type Language, negotiateLanguage } from "../../../ui/i18n.ts";
import { Layout } from "../../../ui/layout.tsx";
import { ADMIN_MESSAGES } from "./admin-messages.ts";

/** Returns the language of the request and the texts in it. */
export const languageAndMessages = (c: AppContext) => {
  const language = negotiateLanguage(c.req.header("accept-language"), "zh-CN");
  return { language, text: ADMIN_MESSAGES[language] };
};

type Section = "dashboard" | "codes" | "add";

interface AdminLayoutProps {
  readonly language: Language;
  readonly title: string;
  /** The current link of the navigation bar. Absent on pages that need no session. */
  readonly section?: Section;
  readonly scripts?: readonly string[];
  readonly narrow?: boolean;
  readonly children?: Child;
}

export const AdminLayout = ({ language, title, section, scripts, narrow, children }: AdminLayoutProps) => {
  const text = ADMIN_MESSAGES[language];
  const links = [
    { href: "/admin/dashboard", label: text.dashboard, current: section === "dashboard" },
    { href: "/admin/codes", label: text.codes, current: section === "codes" },
    { href: "/admin/codes/new", label: text.add, current: section === "add" },
    { href: "/api-docs", label: text.docs },
  ];
  const signOut = (
    <form method="post" action="/admin/logout">
      <button type="submit" class="button-quiet">
        {text.signOut}
      </button>
    </form>
  );
  return (
    <Layout
      language={language}
      title={`${title} · ${text.brand}`}
      brand={{ name: text.brand, href: section ? "/admin/dashboard" : "/" }}
      {...(section ? { links, aside: signOut } : {})}
      {...(scripts ? { scripts } : {})}
      {...(narrow ? { narrow } : {})}
    >
      {children}
    </Layout>
  );
};

/** Sends a page of the administration, which must never be cached. */
export const adminPage = (
  c: AppContext,
  page: PageView,
  status: 200 | 400 | 401 | 403 | 404 | 413 | 429 | 500 = 200,
) => {
  c.header("Cache-Control", "no-store");
  return sendPage(c, page, status);
};
