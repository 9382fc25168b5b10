import type { Product } from "../http/product.ts";
import type { Language, Translated } from "../ui/i18n.ts";
import { Layout } from "../ui/layout.tsx";

interface LandingText {
  readonly title: string;
  readonly lead: string;
  readonly docs: string;
  readonly admin: string;
  readonly products: string;
}

const TEXT: Translated<LandingText> = {
  "zh-CN": {
    title: "Ensemble · 边缘 API 平台",
    lead: "五个 API 产品共用的平台：一个源站，在离用户最近的边缘节点上应答。",
    docs: "API 文档",
    admin: "管理后台",
    products: "产品",
  },
  en: {
    title: "Ensemble · APIs at the edge",
    lead: "A shared platform for five API products: one origin that answers from the edge location nearest to the user.",
    docs: "API documents",
    admin: "Administration",
    products: "Products",
  },
};

/** The front page of the shared origin. It lists the products. */
export const LandingPage = (props: {
  readonly language: Language;
  readonly products: readonly Product[];
}) => {
  const { language, products } = props;
  const text = TEXT[language];
  const pages = products.flatMap(({ card }) => card.page ?? []);
  return (
    <Layout language={language} title={text.title} brand={{ name: "Ensemble", href: "/" }}>
      <div class="stack">
        <h1>{text.title}</h1>
        <p class="muted">{text.lead}</p>
        <div class="actions">
          {pages.map(({ href, label }, index) => (
            <a class={index === 0 ? "button" : "button button-quiet"} href={href}>
              {label[language]}
            </a>
          ))}
          <a class="button button-quiet" href="/api-docs">
            {text.docs}
          </a>
          <a class="button button-quiet" href="/admin">
            {text.admin}
          </a>
        </div>
      </div>
      <h2>{text.products}</h2>
      <ul class="products">
        {products.map(({ title, card }) => (
          <li class="card product">
            <h3>{title}</h3>
            <p class="muted">{card.about[language]}</p>
          </li>
        ))}
      </ul>
    </Layout>
  );
};
