import { z } from "@hono/zod-openapi";
import { foldName } from "../lib/fold-name.ts";

const TEXT_CONTROL = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u;

// The document takes the source: a regular expression written with its flags is no JSON Schema pattern.
const USERNAME = /^[^@\s/\\<>"'`&?#%]+$/u;
const USERNAME_RULE = "has characters a name cannot have";
const isUsername = (name: string): boolean => USERNAME.test(name) && !TEXT_CONTROL.test(name);

/**
 * No "@": what is typed in at sign-in is a name or an address, never both. The rules hold for the name as it is written and
 * as it is compared: NFKC makes an "@" of "＠", and up to 18 characters of one.
 */
export const usernameSchema = z
  .string()
  .trim()
  .min(3)
  .max(32)
  .regex(USERNAME, USERNAME_RULE)
  .refine((name) => isUsername(name) && isUsername(foldName(name)), USERNAME_RULE)
  .refine((name) => {
    const { length } = foldName(name);
    return length >= 3 && length <= 32;
  }, "must have 3 to 32 characters in its compatibility form (NFKC)")
  .openapi({ example: "johndoe", pattern: USERNAME.source });
export const emailSchema = z
  .string()
  .trim()
  .max(254)
  .pipe(z.email())
  .openapi({ example: "user@example.com" });
/** "A change of password offers it": what a reset always does. */
export const endOtherAccessSchema = z.boolean().optional().openapi({
  description:
    "Whether API keys, what applications were allowed, and the tokens of the account's own applications end too",
  example: false,
});
/** Goes with a new e-mail address. */
export const currentPasswordSchema = z
  .string()
  .min(1)
  .max(256)
  .optional()
  .openapi({ format: "password", description: "Needed for an `email` that is not the present one" });
export const pendingEmailSchema = z.string().optional().openapi({
  description: "The address that takes the place of `email` once the link mailed to it was followed",
});
export const passwordSchema = z
  .string()
  .min(8)
  .max(128)
  .openapi({ format: "password", example: "password123" });
