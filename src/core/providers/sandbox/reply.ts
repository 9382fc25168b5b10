/**
 * Phrases that complete a prompt. Chosen by the text and the turn, not at random, so that an answer is reproducible.
 */
interface Ideas {
  readonly styles: readonly string[];
  readonly lights: readonly string[];
  readonly views: readonly string[];
}

interface Phrases {
  readonly ideas: Ideas;
  readonly avoid: string;
  readonly sandbox: string;
  readonly greeting: string;
  readonly facts: string;
  readonly better: (prompt: string, avoid: string) => string;
  readonly video: string;
  readonly image: string;
  readonly more: string;
}

const ZH: Phrases = {
  ideas: {
    styles: ["电影感写实摄影", "柔和的水彩插画", "细腻的国风工笔", "复古胶片质感", "简洁的三维渲染"],
    lights: ["清晨的侧逆光", "黄昏的金色光线", "雨后柔和的漫射光", "夜晚霓虹的冷暖对比"],
    views: ["低机位广角", "浅景深特写", "俯瞰全景", "与视线平齐的中景"],
  },
  avoid: "模糊，低分辨率，多余的肢体，文字，水印",
  sandbox: "（我是沙盒助手：在本机运行，没有连接任何语言模型，只会帮你整理提示词。）",
  greeting:
    "你好！告诉我你想画什么或拍什么，一句话就够，例如“雨夜街头的橘猫”。我会把它补成一条完整的提示词：主体、动作、环境、光线、镜头和风格。",
  facts:
    "常用的数字：图片每张 1 点算力，超过 1024×1024 像素为高清，每张 2 点；边长 64 到 2048 像素，一次最多 4 张。视频每秒 1 点，1080p 加倍。生成失败或取消会自动退还。免费用户每天 10 次图片、3 次视频，VIP 每天 100 次和 20 次。",
  better: (prompt, avoid) => `可以这样写：\n\n提示词：${prompt}\n反向提示词：${avoid}\n\n`,
  video: "视频建议：先写一个动作，再写一次镜头运动，5 秒里不要超过两件事；运动越少，画面越稳。",
  image: "图片建议：人像用 768×1024，风景用 1344×768；先固定种子只改一个词，就能看出它起了什么作用。",
  more: "想换一种感觉，就告诉我时间、地点或者心情，我再改一版。",
};

const EN: Phrases = {
  ideas: {
    styles: [
      "cinematic realistic photograph",
      "soft watercolour illustration",
      "fine ink drawing",
      "vintage film look",
      "clean 3D rendering",
    ],
    lights: [
      "low morning sun from behind",
      "golden light before dusk",
      "soft light after rain",
      "neon at night, warm against cold",
    ],
    views: ["wide angle from low down", "close-up, shallow focus", "seen from above", "at eye level"],
  },
  avoid: "blurry, low resolution, extra limbs, text, watermark",
  sandbox:
    "(I am the sandbox assistant: I run on this machine, no language model is connected, and prompts are all I know.)",
  greeting:
    "Hello! Tell me in a sentence what you would like to see, for example “an orange cat in a rainy street at night”. I turn it into a whole prompt: subject, action, place, light, view and style.",
  facts:
    "The figures: an image costs 1 credit, above 1024×1024 pixels it is HD and costs 2; sides are 64 to 2048 pixels, up to 4 images at once. A video costs 1 credit a second, double in 1080p. What fails or is cancelled is refunded. Free accounts make 10 images and 3 videos a day, VIP 100 and 20.",
  better: (prompt, avoid) => `Try this:\n\nPrompt: ${prompt}\nNegative prompt: ${avoid}\n\n`,
  video:
    "For a video, name one action and one movement of the camera, no more in five seconds; the less moves, the steadier it looks.",
  image:
    "For an image, take 768×1024 for people and 1344×768 for places. Keep the seed and change one word to see what that word does.",
  more: "For another mood, tell me a time, a place or a feeling, and I will write it again.",
};

const isChinese = (text: string): boolean => /\p{Script=Han}/u.test(text);
const isGreeting = (text: string): boolean =>
  /^(hi|hey|hello|help|你好|您好|嗨|在吗|帮助)\b|^(你好|您好|嗨|在吗|帮助)[，。！？!?\s]*$/iu.test(
    text.trim(),
  );
const asksFacts = (text: string): boolean =>
  /price|cost|credit|limit|how many|resolution|size|多少|价格|算力|费用|限制|限额|尺寸|分辨率|几张|vip/iu.test(
    text,
  );
const isAboutVideo = (text: string): boolean => /video|clip|film|movie|视频|短片|镜头|动画/iu.test(text);

/** Returns the subject of a request, without introductory words such as "please draw". */
const subjectOf = (text: string): string =>
  text
    .replace(/^(请|帮我|麻烦|我想要?|能不能|可以|给我)+/u, "")
    .replace(/^(画|生成|写|做|制作|拍)(一张|一个|一段|一幅|一条)?/u, "")
    .replace(/^(please|can you|could you|i want|i would like|help me)\s+/iu, "")
    .replace(/^(to\s+)?(draw|make|generate|create|write|paint)\s+(me\s+)?(a prompt (for|of)\s+)?/iu, "")
    .replace(/(的)?(提示词|prompt)$/iu, "")
    .replace(/[\s。.!！?？]+$/u, "")
    .trim() || text.trim();

const at = (list: readonly string[], turn: number): string => list[turn % list.length] ?? "";

/** Answers the `turn`-th message of a conversation. The same message in a later turn gets another idea. */
export const sandboxReply = (message: string, turn: number): string => {
  const phrases = isChinese(message) ? ZH : EN;
  const { ideas } = phrases;
  if (isGreeting(message)) return `${phrases.greeting}\n\n${phrases.sandbox}`;
  if (asksFacts(message)) return `${phrases.facts}\n\n${phrases.sandbox}`;
  const start = [...message].reduce((sum, character) => sum + (character.codePointAt(0) ?? 0), turn);
  const parts = [
    subjectOf(message),
    at(ideas.views, start),
    at(ideas.lights, start),
    at(ideas.styles, start),
  ];
  const prompt = parts.join(phrases === ZH ? "，" : ", ");
  const hint = isAboutVideo(message) ? phrases.video : phrases.image;
  return `${phrases.better(prompt, phrases.avoid)}${hint}\n${phrases.more}\n\n${phrases.sandbox}`;
};
