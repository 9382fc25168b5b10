import type { Language, Translated } from "./i18n.ts";
import { Layout } from "./layout.tsx";

interface Served {
  readonly name: string;
  readonly title: string;
}

/** All products, in the order of the page. The server says which of them are live. */
const PRODUCTS = [
  { name: "musicqr", title: "MusicQR" },
  { name: "sora", title: "Sora" },
  { name: "studio", title: "Studio" },
  { name: "meeting", title: "Meeting" },
  { name: "loopspace", title: "Loopspace" },
] as const;

interface LandingText {
  readonly title: string;
  readonly lead: string;
  readonly docs: string;
  readonly verify: string;
  readonly studio: string;
  readonly meeting: string;
  readonly loopspace: string;
  readonly admin: string;
  readonly products: string;
  readonly live: string;
  readonly planned: string;
  readonly about: Readonly<Record<(typeof PRODUCTS)[number]["name"], string>>;
}

const TEXT: Translated<LandingText> = {
  "zh-CN": {
    title: "Ensemble · 边缘 API 平台",
    lead: "五个 API 产品共用的平台：一个源站，在离用户最近的边缘节点上应答。",
    docs: "API 文档",
    verify: "验证乐谱",
    studio: "创作工作室",
    meeting: "视频会议",
    loopspace: "发现音频",
    admin: "管理后台",
    products: "产品",
    live: "已上线",
    planned: "尚未上线",
    about: {
      musicqr: "扫一扫乐谱上的二维码，即刻知道是不是正版。",
      sora: "用文字生成视频，带积分与订单。",
      studio: "图片与视频创作、作品广场与智能助手。",
      meeting: "视频会议、信令与语音智能处理。",
      loopspace: "OAuth、API 密钥、音频与 Webhook。",
    },
  },
  en: {
    title: "Ensemble · APIs at the edge",
    lead: "A shared platform for five API products: one origin that answers from the edge location nearest to the user.",
    docs: "API documents",
    verify: "Verify sheet music",
    studio: "Open the studio",
    meeting: "Video meetings",
    loopspace: "Discover audio",
    admin: "Administration",
    products: "Products",
    live: "Live",
    planned: "Not live yet",
    about: {
      musicqr: "Scan the QR code on sheet music and know at once whether it is genuine.",
      sora: "Generate videos from text, with credits and orders.",
      studio: "Create images and videos, publish them on the square, and use an assistant.",
      meeting: "Video meetings, signaling and AI speech processing.",
      loopspace: "OAuth, API keys, audio and webhooks.",
    },
  },
};

/** The front page of the shared origin. It lists all products and marks those that are not live yet. */
export const LandingPage = (props: { readonly language: Language; readonly products: readonly Served[] }) => {
  const text = TEXT[props.language];
  const live = new Set(props.products.map(({ name }) => name));
  return (
    <Layout language={props.language} title={text.title} brand={{ name: "Ensemble", href: "/" }}>
      <div class="stack">
        <h1>{text.title}</h1>
        <p class="muted">{text.lead}</p>
        <div class="actions">
          <a class="button" href="/verify">
            {text.verify}
          </a>
          {live.has("studio") && (
            <a class="button button-quiet" href="/studio">
              {text.studio}
            </a>
          )}
          {live.has("meeting") && (
            <a class="button button-quiet" href="/meeting">
              {text.meeting}
            </a>
          )}
          {live.has("loopspace") && (
            <a class="button button-quiet" href="/loopspace">
              {text.loopspace}
            </a>
          )}
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
        {PRODUCTS.map(({ name, title }) => (
          <li class={live.has(name) ? "card product" : "card product product-planned"}>
            <div class="heading">
              <h3>{title}</h3>
              <span class={live.has(name) ? "badge badge-activated" : "badge"}>
                {live.has(name) ? text.live : text.planned}
              </span>
            </div>
            <p class="muted">{text.about[name]}</p>
          </li>
        ))}
      </ul>
    </Layout>
  );
};
