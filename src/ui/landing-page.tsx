import type { Language, Translated } from "./i18n.ts";
import { Layout } from "./layout.tsx";

interface Served {
  readonly name: string;
  readonly title: string;
}

const TEXT: Translated<{
  title: string;
  lead: string;
  docs: string;
  verify: string;
  admin: string;
  products: string;
  about: Record<string, string>;
}> = {
  "zh-CN": {
    title: "Ensemble · 边缘 API 平台",
    lead: "一个源站，运行在离用户最近的边缘节点上。",
    docs: "API 文档",
    verify: "验证乐谱",
    admin: "管理后台",
    products: "已上线的服务",
    about: { musicqr: "扫一扫乐谱上的二维码，即刻知道是不是正版。" },
  },
  en: {
    title: "Ensemble · APIs at the edge",
    lead: "One origin, answering from the place nearest to whoever asks.",
    docs: "API documents",
    verify: "Verify sheet music",
    admin: "Administration",
    products: "Served here",
    about: { musicqr: "Scan the QR code on sheet music and know at once whether it is genuine." },
  },
};

/** The front page of the shared origin. */
export const LandingPage = (props: { readonly language: Language; readonly products: readonly Served[] }) => {
  const text = TEXT[props.language];
  return (
    <Layout language={props.language} title={text.title} brand={{ name: "Ensemble", href: "/" }}>
      <div class="stack">
        <h1>{text.title}</h1>
        <p class="muted">{text.lead}</p>
        <div class="actions">
          <a class="button" href="/verify">
            {text.verify}
          </a>
          <a class="button button-quiet" href="/api-docs">
            {text.docs}
          </a>
          <a class="button button-quiet" href="/admin">
            {text.admin}
          </a>
        </div>
      </div>
      <section class="card">
        <h2>{text.products}</h2>
        <ul class="list-plain">
          {props.products.map(({ name, title }) => (
            <li>
              <strong>{title}</strong>
              <p class="muted">{text.about[name]}</p>
            </li>
          ))}
        </ul>
      </section>
    </Layout>
  );
};
