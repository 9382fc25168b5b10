import { z } from "zod";
import type { Env } from "./bindings.ts";

const PRODUCT_NAMES = ["loopspace", "musicqr", "sora", "meeting", "studio"] as const;
export type ProductName = (typeof PRODUCT_NAMES)[number];

/** A secret a machine made. Shorter ones, and the words people put in when they mean to come back, are refused. */
const machineSecret = z
  .string()
  .min(32, "needs at least 32 characters")
  .refine((s) => !/change.?me|your.?secret|example|placeholder/i.test(s), "is a placeholder");

const jsonObject = z.string().transform((text, ctx) => {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    ctx.addIssue({ code: "custom", message: "is not JSON" });
    return z.NEVER;
  }
});

const settingsSchema = z.object({
  ENVIRONMENT: z.enum(["development", "production"]).default("production"),
  /** Host name to product. */
  PRODUCT_HOSTS: jsonObject
    .pipe(z.record(z.string().toLowerCase(), z.enum(PRODUCT_NAMES)))
    .prefault("{}")
    .transform((hosts) => new Map(Object.entries(hosts))),
  PUBLIC_ORIGIN: z
    .url({ protocol: /^https?$/ })
    .transform((url) => new URL(url).origin)
    .optional(),
  VERIFY_INVALID_LIMIT: z.coerce.number().int().min(1).default(120),
  SCAN_RETENTION_DAYS: z.coerce.number().int().min(1).default(180),
  JWT_SECRET: machineSecret,
  JWT_SECRET_PREVIOUS: machineSecret.optional(),
  MUSICQR_SECRET_KEY: machineSecret,
  ADMIN_USERNAME: z.string().trim().toLowerCase().min(3).max(32),
  ADMIN_PASSWORD: z.string().min(12, "needs at least 12 characters").max(128),
});

/** Vars and secrets, parsed and defaulted. */
export type Settings = z.output<typeof settingsSchema>;

/** The Worker is not configured. Its message names settings, never their values; it is for the log only. */
export class ConfigurationError extends Error {
  override readonly name = "ConfigurationError";
}

const parsed = new WeakMap<Env, Settings>();

/** The settings of this isolate, parsed once. Throws ConfigurationError while one is missing or weak. */
export const settingsOf = (env: Env): Settings => {
  const known = parsed.get(env);
  if (known) return known;
  const result = settingsSchema.safeParse(env);
  if (!result.success) {
    const problems = result.error.issues.map((issue) => `${issue.path.join(".")} ${issue.message}`);
    throw new ConfigurationError(`check these settings: ${problems.join("; ")}`);
  }
  parsed.set(env, result.data);
  return result.data;
};
