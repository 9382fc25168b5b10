import { startAlipay } from "./alipay.ts";
import { startStripe } from "./stripe.ts";
import { startWechat } from "./wechat.ts";

/** Starts every fake. They end with the process. */
export const startFakes = async () => {
  const [stripe, alipay, wechat] = await Promise.all([startStripe(), startAlipay(), startWechat()]);
  const told = ({ origin, vars }: { origin: string; vars: Record<string, string> }) => ({ origin, vars });
  return { stripe: told(stripe), alipay: told(alipay), wechat: told(wechat) };
};

export type Fakes = Awaited<ReturnType<typeof startFakes>>;
