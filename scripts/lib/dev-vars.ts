import { randomBytes, randomInt } from "node:crypto";
import { readFileSync, renameSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { makeFolder } from "./paths.ts";

export type Vars = Record<string, string>;

const LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz23456789";
const newPassword = (): string =>
  Array.from({ length: 20 }, () => LETTERS[randomInt(LETTERS.length)]).join("");

/** The settings that the Worker requires. A missing one is generated once and stored. */
const REQUIRED: Record<string, () => string> = {
  JWT_SECRET: () => randomBytes(32).toString("hex"),
  MUSICQR_SECRET_KEY: () => randomBytes(32).toString("hex"),
  CONFIG_KEY: () => randomBytes(32).toString("hex"),
  ADMIN_USERNAME: () => "admin",
  ADMIN_PASSWORD: newPassword,
};

/** The optional settings of .dev.vars, which `.dev.vars.example` explains. */
const OPTIONAL = [
  "JWT_SECRET_PREVIOUS",
  "PUBLIC_ORIGIN",
  "LOCAL_ORIGINS",
  "VERIFY_INVALID_LIMIT",
  "SCAN_RETENTION_DAYS",
  "PRODUCT_HOSTS",
  "ENVIRONMENT",
  "MAIL_FROM",
  "REGISTER_NETWORK_LIMIT",
  "SORA_GENERAL_LIMIT",
  "SORA_LOGIN_LIMIT",
  "SORA_REGISTER_LIMIT",
  "SORA_GENERATE_LIMIT",
  "CONFIG_KEY_PREVIOUS",
  "STUDIO_FREE_CALLS",
  "STUDIO_FREE_IMAGES",
  "STUDIO_FREE_VIDEOS",
  "STUDIO_VIP_CALLS",
  "STUDIO_VIP_IMAGES",
  "STUDIO_VIP_VIDEOS",
  "STUDIO_LOGIN_LIMIT",
  "STUDIO_REGISTER_LIMIT",
  "STUDIO_GUEST_CALLS",
  "LOOPSPACE_FREE_LIMIT",
  "LOOPSPACE_PRO_LIMIT",
  "LOOPSPACE_GUEST_LIMIT",
  "LOOPSPACE_LOGIN_LIMIT",
  "LOOPSPACE_REGISTER_LIMIT",
  "MEETING_CALLS_LIMIT",
  "MEETING_JOINS_LIMIT",
  "MEETING_MISSES_LIMIT",
  "MEETING_LOGIN_LIMIT",
  "MEETING_REGISTER_LIMIT",
  "STUN_URLS",
  "TURN_URLS",
  "TURN_SECRET",
  "SPEECH_API_URL",
  "SPEECH_API_KEY",
  "SPEECH_MODEL",
  "EMOTION_API_URL",
  "EMOTION_API_KEY",
  "EMOTION_MODEL",
  "SANDBOX_PROVIDERS",
  "SORA_API_URL",
  "SORA_API_KEY",
  "GEMINI_API_URL",
  "GEMINI_API_KEY",
  "RUNWAY_API_URL",
  "RUNWAY_API_KEY",
  "STABILITY_API_URL",
  "STABILITY_API_KEY",
  "OPENAI_API_URL",
  "OPENAI_API_KEY",
  "PAYMENTS_SANDBOX",
  "STRIPE_API_URL",
  "STRIPE_SECRET_KEY",
  "STRIPE_WEBHOOK_SECRET",
  "ALIPAY_GATEWAY_URL",
  "ALIPAY_APP_ID",
  "ALIPAY_PRIVATE_KEY",
  "ALIPAY_PUBLIC_KEY",
  "WECHAT_API_URL",
  "WECHAT_MCH_ID",
  "WECHAT_APP_ID",
  "WECHAT_SERIAL_NO",
  "WECHAT_PRIVATE_KEY",
  "WECHAT_API_V3_KEY",
  "WECHAT_PLATFORM_SERIAL",
  "WECHAT_PLATFORM_PUBLIC_KEY",
];

/** Parses `KEY=value` lines as wrangler does: values may be quoted, and comments have lines of their own. */
export const parseVars = (text: string): Vars => {
  const vars: Vars = {};
  for (const line of text.split(/\r?\n/)) {
    const match = /^\s*(?:export\s+)?([A-Z][A-Z0-9_]*)\s*=\s*(.*?)\s*$/.exec(line);
    if (!match) continue;
    const [, key = "", value = ""] = match;
    const quoted = /^(["'])(.*)\1$/.exec(value);
    vars[key] = quoted ? (quoted[2] ?? "") : value;
  }
  return vars;
};

export const formatVars = (vars: Vars): string =>
  Object.entries(vars)
    .map(([key, value]) => `${key}=${value}\n`)
    .join("");

/** The settings file cannot be used. The message is one line for the person who starts the server. */
export class DevVarsError extends Error {
  override readonly name = "DevVarsError";
}

const readVarsFile = (file: string): string => {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === "ENOENT") return "";
    if (code === "EISDIR")
      throw new DevVarsError(`${file} (DEV_VARS) is a folder; it must be a file of KEY=value lines`);
    throw new DevVarsError(`Cannot read the settings in ${file} (DEV_VARS): ${code}`);
  }
};

const writeVarsFile = (file: string, text: string): void => {
  try {
    makeFolder(dirname(file));
    // Renamed into place, so that a server that starts at the same time never reads half a file.
    const draft = `${file}.${process.pid}`;
    writeFileSync(draft, text, { mode: 0o600 });
    renameSync(draft, file);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    throw new DevVarsError(`Cannot write new secrets to ${file} (DEV_VARS): ${code}`);
  }
};

/** Reads the file and appends the required settings that it lacks. Existing lines are never changed. */
export const ensureDevVars = (file: string): { vars: Vars; added: string[] } => {
  const text = readVarsFile(file);
  const vars = parseVars(text);
  const missing: Vars = {};
  for (const [key, make] of Object.entries(REQUIRED)) if (!vars[key]) missing[key] = make();
  const added = Object.keys(missing);
  if (added.length > 0) {
    const gap = text === "" || text.endsWith("\n") ? "" : "\n";
    writeVarsFile(file, text + gap + formatVars(missing));
  }
  return { vars: { ...vars, ...missing }, added };
};

/** Returns the settings with those of the process's environment, which take precedence. Only known names count. */
export const overriddenByEnv = (vars: Vars, env: NodeJS.ProcessEnv): Vars => {
  const known = new Set([...Object.keys(vars), ...Object.keys(REQUIRED), ...OPTIONAL]);
  const result = { ...vars };
  for (const key of known) if (env[key]) result[key] = env[key];
  return result;
};
