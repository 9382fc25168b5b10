import type { Translated } from "../../../ui/i18n.ts";
import { MAX_AUDIO_SIZE } from "../contract/limits.ts";

interface ClientText {
  readonly play: string;
  readonly pause: string;
  readonly position: string;
  readonly positionOf: (at: string, length: string) => string;
  readonly plays: (count: string) => string;
  readonly previewOver: string;
  readonly noPreview: string;
  readonly notPlayable: string;
  readonly buy: (credits: string) => string;
  readonly bought: string;
  readonly yours: string;
  readonly download: string;
  readonly follow: string;
  readonly unfollow: string;
  /** By the API's error code. For a code that is missing here, the message of the API is shown. */
  readonly errors: Readonly<Record<string, string>>;
}

/** The messages of the pages' scripts, except those of the console. */
export const CLIENT_MESSAGES: Translated<ClientText> = {
  "zh-CN": {
    play: "播放",
    pause: "暂停",
    position: "播放进度",
    positionOf: (at, length) => `${at}，共 ${length}`,
    plays: (count) => `${count} 次播放`,
    previewOver: "试听结束。购买后可收听全曲。",
    noPreview: "购买后即可收听。",
    notPlayable: "无法播放，请稍后再试",
    buy: (credits) => `用 ${credits} 积分购买`,
    bought: "已购买，可收听全曲。",
    yours: "这是您自己的音频。",
    download: "下载",
    follow: "关注",
    unfollow: "取消关注",
    errors: {
      UNAUTHORIZED: "用户名或密码错误，或登录已过期",
      INSUFFICIENT_CREDITS: "积分不足。注册或赠送所得的积分只能用于生成，不能购买音频。",
      PRICE_CHANGED: "价格已变，请刷新页面",
      RATE_LIMIT_EXCEEDED: "请求过于频繁，请稍后再试",
      FILE_TOO_LARGE: `文件过大，最多 ${MAX_AUDIO_SIZE}`,
      UNSUPPORTED_FORMAT: "仅支持 MP3、WAV、FLAC 和 AAC",
      NOT_FOUND: "不存在，或已被删除",
      FORBIDDEN: "此账户无权执行此操作",
      INTERNAL_ERROR: "服务器出错，请稍后再试",
    },
  },
  en: {
    play: "Play",
    pause: "Pause",
    position: "Position",
    positionOf: (at, length) => `${at} of ${length}`,
    plays: (count) => (count === "1" ? "1 play" : `${count} plays`),
    previewOver: "The preview has ended. Buy the track to hear all of it.",
    noPreview: "This track has no preview. You can listen to it after you buy it.",
    notPlayable: "The track cannot be played. Try again later",
    buy: (credits) => (credits === "1" ? "Buy for 1 credit" : `Buy for ${credits} credits`),
    bought: "You have bought it: you can listen to the whole track.",
    yours: "This is a track of yours.",
    download: "Download",
    follow: "Follow",
    unfollow: "Unfollow",
    errors: {
      UNAUTHORIZED: "Wrong name or password, or the session has ended",
      INSUFFICIENT_CREDITS:
        "Not enough credits. Credits given at sign-up or as a gift pay for generation, not for tracks.",
      PRICE_CHANGED: "The price has changed: load the page again",
      RATE_LIMIT_EXCEEDED: "Too many requests. Wait a moment",
    },
  },
};
