import { z } from "@hono/zod-openapi";

const TEXT_CONTROL = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u;

// The document takes the source: a regular expression written with its flags is no JSON Schema pattern.
const USERNAME = /^[^@\s/\\<>"'`&?#%]+$/u;

/** No "@": what is typed in at sign-in is a name or an address, never both. */
export const usernameSchema = z
  .string()
  .trim()
  .min(3)
  .max(32)
  .regex(USERNAME, "has characters a name cannot have")
  .refine((name) => !TEXT_CONTROL.test(name), "has characters a name cannot have")
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
export const passwordSchema = z
  .string()
  .min(8)
  .max(128)
  .openapi({ format: "password", example: "password123" });
