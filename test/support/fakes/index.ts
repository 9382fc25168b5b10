import { startAlipay } from "./alipay.ts";
import { startFfmpeg } from "./ffmpeg.ts";
import { startGeminiApi } from "./gemini-api.ts";
import { startOpenAiApi } from "./openai-api.ts";
import { startRunwayApi } from "./runway-api.ts";
import { startSoraApi } from "./sora-api.ts";
import { startSpeechApi } from "./speech-api.ts";
import { startStabilityApi } from "./stability-api.ts";
import { startStripe } from "./stripe.ts";
import { startWebhookReceiver } from "./webhook-receiver.ts";
import { startWechat } from "./wechat.ts";

const told = async (starting: Promise<{ origin: string; vars: Record<string, string> }>) => {
  const { origin, vars } = await starting;
  return { origin, vars };
};

/** Starts every fake. They end with the process. */
export const startFakes = async () => ({
  stripe: await told(startStripe()),
  alipay: await told(startAlipay()),
  wechat: await told(startWechat()),
  sora: await told(startSoraApi()),
  veo: await told(startGeminiApi()),
  runway: await told(startRunwayApi()),
  openai: await told(startOpenAiApi()),
  stability: await told(startStabilityApi()),
  speech: await told(startSpeechApi()),
  ffmpeg: await told(startFfmpeg()),
  receiver: await told(startWebhookReceiver()),
});

export type Fakes = Awaited<ReturnType<typeof startFakes>>;
