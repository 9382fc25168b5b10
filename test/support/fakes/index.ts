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

const originAndVars = async (starting: Promise<{ origin: string; vars: Record<string, string> }>) => {
  const { origin, vars } = await starting;
  return { origin, vars };
};

/** Starts every fake. They end with the process. */
export const startFakes = async () => ({
  stripe: await originAndVars(startStripe()),
  alipay: await originAndVars(startAlipay()),
  wechat: await originAndVars(startWechat()),
  sora: await originAndVars(startSoraApi()),
  veo: await originAndVars(startGeminiApi()),
  runway: await originAndVars(startRunwayApi()),
  openai: await originAndVars(startOpenAiApi()),
  stability: await originAndVars(startStabilityApi()),
  speech: await originAndVars(startSpeechApi()),
  ffmpeg: await originAndVars(startFfmpeg()),
  receiver: await originAndVars(startWebhookReceiver()),
});

export type Fakes = Awaited<ReturnType<typeof startFakes>>;
