import type { Language, Translated } from "../ui/i18n.ts";
import { Layout } from "../ui/layout.tsx";

const TEXT: Translated<{ readonly title: string; readonly body: string }> = {
  "zh-CN": {
    title: "感谢您的付款",
    body: "支付平台确认后，积分会自动到账，通常只需几秒钟。您可以关闭此页面。",
  },
  en: {
    title: "Thank you",
    body: "Your credits arrive as soon as the payment is confirmed, usually within seconds. You can close this page.",
  },
};

/**
 * The page to which a payment gateway sends the browser back. The return itself does not prove a payment, so the page
 * says that credits follow once it is confirmed.
 */
export const PaymentReturnPage = ({ language }: { readonly language: Language }) => (
  <Layout language={language} title={TEXT[language].title} brand={{ name: "Ensemble", href: "/" }} narrow>
    <section class="card">
      <h1>{TEXT[language].title}</h1>
      <p>{TEXT[language].body}</p>
    </section>
  </Layout>
);
