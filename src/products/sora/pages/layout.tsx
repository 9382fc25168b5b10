import type { Child } from "hono/jsx";
import type { AppContext } from "../../../http/context.ts";
import { type Language, negotiateLanguage } from "../../../ui/i18n.ts";
import { Layout } from "../../../ui/layout.tsx";
import { SORA_MESSAGES } from "./messages.ts";

export const languageAndMessages = (c: AppContext) => {
  const language = negotiateLanguage(c.req.header("accept-language"), "zh-CN");
  return { language, text: SORA_MESSAGES[language] };
};

interface SoraLayoutProps {
  readonly language: Language;
  readonly title: string;
  readonly head?: Child;
  readonly narrow?: boolean;
  readonly scripts?: readonly string[];
  readonly children?: Child;
}

/** The layout of the pages of this product. */
export const SoraLayout = ({ language, title, head, narrow, scripts, children }: SoraLayoutProps) => {
  const { brand } = SORA_MESSAGES[language];
  return (
    <Layout
      language={language}
      title={`${title} · ${brand}`}
      brand={{ name: brand, href: "/" }}
      narrow={narrow ?? false}
      head={head}
      scripts={scripts ?? []}
    >
      {children}
    </Layout>
  );
};
