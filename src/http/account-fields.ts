import { z } from "@hono/zod-openapi";
import { foldName } from "../lib/fold-name.ts";

const TEXT_CONTROL = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u;

// The OpenAPI document uses `USERNAME.source`: a regular expression with flags is not a valid JSON Schema pattern.
const USERNAME = /^[^@\s/\\<>"'`&?#%]+$/u;
const USERNAME_RULE =
  "must not contain white space, control or invisible characters or any of @ / \\ < > \" ' ` & ? # %";
const isUsername = (name: string): boolean => USERNAME.test(name) && !TEXT_CONTROL.test(name);

/**
 * A username contains no "@", so that a sign-in identifier is either a name or an e-mail address, never both. The rules
 * apply to the name as written and to its folded form, because NFKC turns "＠" into "@" and can expand one character
 * to 18.
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
/** A password reset always ends this access; a change of password does so on request (CONTRACT.md, Accounts). */
export const endOtherAccessSchema = z.boolean().optional().openapi({
  description:
    "Also revoke the account's API keys, its grants to applications, and the tokens of its own applications",
  example: false,
});
/** Required when a request sets a new e-mail address. */
export const currentPasswordSchema = z
  .string()
  .min(1)
  .max(256)
  .optional()
  .openapi({ format: "password", description: "Required when `email` differs from the current address" });
export const pendingEmailSchema = z.string().optional().openapi({
  description: "The address that replaces `email` once the link mailed to it has been followed",
});
export const passwordSchema = z
  .string()
  .min(8)
  .max(128)
  .openapi({ format: "password", example: "password123" });
