import { z } from "zod";
import { foldName } from "../lib/fold-name.ts";
import type { Env } from "./bindings.ts";

/** A generated secret. Short values and common placeholder texts are refused. */
const machineSecret = z
  .string()
  .min(32, "needs at least 32 characters")
  .refine((s) => !/change.?me|your.?secret|example|placeholder/i.test(s), "is a placeholder");

const jsonObject = z.string().transform((text, ctx) => {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    ctx.addIssue({ code: "custom", message: "must be a JSON object" });
    return z.NEVER;
  }
});

/** A setting that may be empty. */
const optionalText = z
  .string()
  .trim()
  .transform((text) => text || undefined)
  .optional();
const optionalUrl = optionalText.pipe(z.url({ protocol: /^https?$/ }).optional());
const urlList = (usual: string) =>
  z
    .string()
    .default(usual)
    .transform((text) =>
      text
        .split(",")
        .map((url) => url.trim())
        .filter((url) => url !== ""),
    )
    .pipe(z.array(z.string().regex(/^(stun|stuns|turn|turns):/, "must be a STUN or TURN URL")));
const originList = z
  .string()
  .default("")
  .transform((text) =>
    text
      .split(",")
      .map((url) => url.trim())
      .filter((url) => url !== ""),
  )
  .pipe(z.array(z.url({ protocol: /^https?$/ }).transform((url) => URL.parse(url)?.origin ?? "")));
const flag = z
  .enum(["true", "false", ""])
  .default("false")
  .transform((text) => text === "true");
const limit = (calls: number) => z.coerce.number().int().min(1).default(calls);

/** Domains that are reserved for documentation and tests (RFC 2606). Receivers refuse mail from them. */
const RESERVED_DOMAIN = /[@.](example\.(com|net|org)|example|test|invalid|localhost)$/i;

const settingsSchema = z
  .object({
    ENVIRONMENT: z.enum(["development", "production"]).default("production"),
    /** Maps a host name to the name of its product. `src/app.ts` checks the names. */
    PRODUCT_HOSTS: jsonObject
      .pipe(z.record(z.string().toLowerCase(), z.string()))
      .prefault("{}")
      .transform((hosts) => new Map(Object.entries(hosts))),
    /** The platform's own origin, for links in mails and URLs that payment gateways notify. */
    PUBLIC_ORIGIN: optionalUrl.transform((url) => URL.parse(url ?? "")?.origin),
    /** The origins at which a development server listens, the preferred one first. */
    LOCAL_ORIGINS: originList,
    VERIFY_INVALID_LIMIT: z.coerce.number().int().min(1).default(120),
    SCAN_RETENTION_DAYS: z.coerce.number().int().min(1).default(180),
    JWT_SECRET: machineSecret,
    JWT_SECRET_PREVIOUS: machineSecret.optional(),
    MUSICQR_SECRET_KEY: machineSecret,
    /** Encrypts stored secrets, such as the API keys of custom providers. */
    CONFIG_KEY: machineSecret,
    CONFIG_KEY_PREVIOUS: machineSecret.optional(),
    ADMIN_USERNAME: z.string().transform(foldName).pipe(z.string().min(3).max(32)),
    ADMIN_PASSWORD: z.string().min(12, "needs at least 12 characters").max(128),
    MAIL_FROM: z.email().default("no-reply@example.com"),

    /** New accounts from one network in an hour, over all products. */
    REGISTER_NETWORK_LIMIT: limit(10),

    /** Sora's documented limits: calls in 15 min, sign-ins in 15 min, new accounts in an hour, videos in an hour. */
    SORA_GENERAL_LIMIT: limit(100),
    SORA_LOGIN_LIMIT: limit(100),
    SORA_REGISTER_LIMIT: limit(3),
    SORA_GENERATE_LIMIT: limit(10),

    /** Studio's documented limits by plan: calls in an hour, images and videos in a UTC day. */
    STUDIO_FREE_CALLS: limit(100),
    STUDIO_FREE_IMAGES: limit(10),
    STUDIO_FREE_VIDEOS: limit(3),
    STUDIO_VIP_CALLS: limit(1_000),
    STUDIO_VIP_IMAGES: limit(100),
    STUDIO_VIP_VIDEOS: limit(20),
    /**
     * Limits by network address: sign-ins in 15 minutes, new accounts in an hour, guest calls to the square in an
     * hour.
     */
    STUDIO_LOGIN_LIMIT: limit(30),
    STUDIO_REGISTER_LIMIT: limit(10),
    STUDIO_GUEST_CALLS: limit(600),

    /**
     * Meeting's limits: calls in 15 minutes, joins in a minute, requests with unknown meeting numbers or codes in 15
     * minutes, sign-ins in 15 minutes, new accounts in an hour.
     */
    MEETING_CALLS_LIMIT: limit(1_000),
    MEETING_JOINS_LIMIT: limit(60),
    MEETING_MISSES_LIMIT: limit(20),
    MEETING_LOGIN_LIMIT: limit(30),
    MEETING_REGISTER_LIMIT: limit(10),
    /** Loopspace's documented limits by plan, and the limit by address without a token: calls in a minute. */
    LOOPSPACE_FREE_LIMIT: limit(60),
    LOOPSPACE_PRO_LIMIT: limit(1_000),
    LOOPSPACE_GUEST_LIMIT: limit(60),
    /** Limits by network address: sign-ins on Loopspace's pages in 15 minutes, new accounts in an hour. */
    LOOPSPACE_LOGIN_LIMIT: limit(30),
    LOOPSPACE_REGISTER_LIMIT: limit(10),
    /** STUN and TURN servers for WebRTC, separated by commas. */
    STUN_URLS: urlList("stun:stun.l.google.com:19302"),
    TURN_URLS: urlList(""),
    /** The `static-auth-secret` of coturn. */
    TURN_SECRET: optionalText,

    /**
     * The providers of speech recognition (default: OpenAI with OPENAI_API_KEY) and of emotion recognition (default:
     * the platform's own estimate).
     */
    SPEECH_API_URL: optionalUrl,
    SPEECH_API_KEY: optionalText,
    SPEECH_MODEL: z.string().default("gpt-4o-mini-transcribe"),
    EMOTION_API_URL: optionalUrl,
    EMOTION_API_KEY: optionalText,
    EMOTION_MODEL: optionalText,

    /** Whether the sandbox replaces providers without credentials. */
    SANDBOX_PROVIDERS: flag,
    SORA_API_URL: optionalUrl,
    SORA_API_KEY: optionalText,
    GEMINI_API_URL: optionalUrl,
    GEMINI_API_KEY: optionalText,
    RUNWAY_API_URL: optionalUrl,
    RUNWAY_API_KEY: optionalText,
    STABILITY_API_URL: optionalUrl,
    STABILITY_API_KEY: optionalText,
    OPENAI_API_URL: optionalUrl,
    OPENAI_API_KEY: optionalText,

    /** Whether orders with a payment method without credentials are settled at once. */
    PAYMENTS_SANDBOX: flag,
    STRIPE_API_URL: optionalUrl,
    STRIPE_SECRET_KEY: optionalText,
    STRIPE_WEBHOOK_SECRET: optionalText,
    ALIPAY_GATEWAY_URL: optionalUrl,
    ALIPAY_APP_ID: optionalText,
    ALIPAY_PRIVATE_KEY: optionalText,
    ALIPAY_PUBLIC_KEY: optionalText,
    WECHAT_API_URL: optionalUrl,
    WECHAT_MCH_ID: optionalText,
    WECHAT_APP_ID: optionalText,
    WECHAT_SERIAL_NO: optionalText,
    WECHAT_PRIVATE_KEY: optionalText,
    WECHAT_API_V3_KEY: optionalText,
    WECHAT_PLATFORM_SERIAL: optionalText,
    WECHAT_PLATFORM_PUBLIC_KEY: optionalText,
  })
  .refine((s) => s.ENVIRONMENT === "development" || !s.PAYMENTS_SANDBOX, {
    path: ["PAYMENTS_SANDBOX"],
    message: "must not be true in production: it settles orders without a payment",
  })
  .refine((s) => s.ENVIRONMENT === "development" || s.PUBLIC_ORIGIN !== undefined, {
    path: ["PUBLIC_ORIGIN"],
    message: "is required in production: links in mails and URLs that payment gateways notify begin with it",
  })
  .refine((s) => !s.PRODUCT_HOSTS.has(URL.parse(s.PUBLIC_ORIGIN ?? "")?.hostname ?? ""), {
    path: ["PUBLIC_ORIGIN"],
    message:
      "must not be a host that PRODUCT_HOSTS binds to one product: links in mails lead to pages of other products",
  })
  .refine((s) => s.ENVIRONMENT === "development" || !RESERVED_DOMAIN.test(s.MAIL_FROM), {
    path: ["MAIL_FROM"],
    message: "must be an address that the platform may send from in production, not one at example.com",
  });

export type SettingName = keyof z.input<typeof settingsSchema>;

/** Vars and secrets, parsed and defaulted. */
export type Settings = z.output<typeof settingsSchema>;

/** The Worker is misconfigured. The message names the settings and the rules they break, never their values. */
export class ConfigurationError extends Error {
  override readonly name = "ConfigurationError";
}

/** Returns one line for each invalid setting; an empty list where all are valid. */
export const settingsProblems = (vars: Readonly<Record<string, unknown>>): string[] => {
  const { error } = settingsSchema.safeParse(vars);
  return problemsOf(error);
};

const problemsOf = (error: z.ZodError | undefined): string[] =>
  (error?.issues ?? []).map(({ path, message }) => `${path.join(".")} ${message}`);

const known = new WeakMap<Env, Settings | ConfigurationError>();

const readSettings = (env: Env): Settings | ConfigurationError => {
  const { data, error } = settingsSchema.safeParse(env);
  return data ?? new ConfigurationError(`check these settings: ${problemsOf(error).join("; ")}`);
};

/**
 * Returns the settings of this isolate, parsed once. Throws the same ConfigurationError each time if any is invalid.
 */
export const settingsOf = (env: Env): Settings => {
  let settings = known.get(env);
  if (!settings) {
    settings = readSettings(env);
    known.set(env, settings);
  }
  if (settings instanceof ConfigurationError) throw settings;
  return settings;
};
