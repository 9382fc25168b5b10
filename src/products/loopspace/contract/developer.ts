import { z } from "@hono/zod-openapi";
import { isRedirectUri } from "../../../core/oauth/facts.ts";
import { emailSchema, passwordSchema, usernameSchema } from "../../../http/account-fields.ts";
import { hasInvisible, isVisible } from "../../../lib/visible-text.ts";
import { environmentSchema, requestedEnvironmentSchema, scopeSchema, time } from "./common.ts";
import { MAX_NAME, MAX_REDIRECT_URI, MAX_REDIRECT_URIS, MAX_USAGE_DAYS, SCOPES } from "./limits.ts";

/**
 * The name of an application or key. The consent page shows it, so invisible characters are refused: a direction
 * override would change how the text around the name reads.
 */
export const nameSchema = z
  .string()
  .trim()
  .min(1)
  .max(MAX_NAME)
  .refine((name) => !hasInvisible(name), "must not contain control or invisible characters")
  .refine(isVisible, "must contain a visible character")
  .openapi({ example: "Mixtape" });

const redirectUrisSchema = z
  .array(
    z
      .string()
      .max(MAX_REDIRECT_URI)
      .refine(
        isRedirectUri,
        "must be an https address, an http address of the loopback interface, or a private-use scheme with a dot (com.example.app:/callback), without a fragment",
      ),
  )
  .max(MAX_REDIRECT_URIS)
  .refine((uris) => new Set(uris).size === uris.length, "must not contain the same address twice")
  .openapi({ example: ["https://app.example.com/callback"] });

export const appSchema = z
  .object({
    clientId: z.string().openapi({ example: "client_…" }),
    name: z.string(),
    redirectUris: z.array(z.string()),
    public: z
      .boolean()
      .openapi({ description: "Whether the application runs where it cannot keep a secret" }),
    enabled: z.boolean().openapi({
      description:
        "Whether accounts can authorize the application and its tokens work. A password reset of the developer's account through an e-mail address that was never confirmed sets it to false",
    }),
    createdAt: time,
    updatedAt: time,
  })
  .openapi("LoopspaceApp");

export const issuedAppSchema = appSchema
  .extend({
    clientSecret: z.string().nullable().openapi({
      description: "Returned only in this response; null for a public application",
      example: "lcs_…",
    }),
  })
  .openapi("LoopspaceIssuedApp");

export const keySchema = z
  .object({
    id: z.string().openapi({ example: "key_…" }),
    name: z.string(),
    environment: environmentSchema,
    prefix: z.string().openapi({ description: "The first characters of the key", example: "lsk_live_8fKq2" }),
    scopes: z.array(scopeSchema),
    createdAt: time,
    lastUsedAt: time.nullable().openapi({ description: "Updated with a delay of some seconds" }),
    expiresAt: time.nullable(),
  })
  .openapi("LoopspaceApiKey");

export const issuedKeySchema = keySchema
  .extend({
    key: z.string().openapi({ description: "Returned only in this response", example: "lsk_live_…" }),
  })
  .openapi("LoopspaceIssuedApiKey");

export const authorizedAppSchema = z
  .object({
    id: z.string().openapi({ description: "The application's `clientId`", example: "client_…" }),
    name: z.string(),
    scopes: z.array(scopeSchema),
    createdAt: time,
    lastUsedAt: time.openapi({
      description: "When the application last received a token, which is valid for an hour",
    }),
  })
  .openapi("LoopspaceAuthorizedApp");

export const keyParams = z.object({
  keyId: z.string().openapi({ param: { name: "keyId", in: "path" }, example: "key_…" }),
});

const expiry = z.iso
  .datetime({ offset: true })
  .refine((text) => Date.parse(text) > Date.now(), "must be in the future")
  .nullable()
  .default(null)
  .openapi({ description: "Without it the key does not expire", example: "2027-11-21T08:00:00Z" });

export const newKeySchema = z.object({
  name: nameSchema,
  environment: requestedEnvironmentSchema,
  scopes: z
    .array(scopeSchema)
    .min(1)
    .max(20)
    .default([...SCOPES]),
  expiresAt: expiry,
});

export const appParams = z.object({
  clientId: z.string().openapi({ param: { name: "clientId", in: "path" }, example: "client_…" }),
});

export const newAppSchema = z.object({
  name: nameSchema,
  redirectUris: redirectUrisSchema,
  public: z.boolean().default(false),
});

export const updateAppSchema = z
  .object({
    name: nameSchema.optional(),
    redirectUris: redirectUrisSchema.optional(),
    enabled: z.boolean().optional(),
  })
  .refine(
    (change) => Object.values(change).some((value) => value !== undefined),
    "must change at least one field",
  );

const figures = {
  calls: z.int(),
  failures: z.int().openapi({ description: "The calls that were refused or failed" }),
};

export const usageQuery = z.object({
  days: z.coerce.number().int().min(1).max(MAX_USAGE_DAYS).default(30).openapi({ example: 30 }),
});

export const usageSchema = z
  .object({
    days: z.int(),
    ...figures,
    data: z.array(
      z.object({
        day: z.string().openapi({ example: "2026-11-21" }),
        credential: z.string().openapi({ example: "key_…" }),
        ...figures,
      }),
    ),
  })
  .openapi("LoopspaceUsage");

export const sessionSchema = z
  .object({
    token: z.string().openapi({ description: "A session token, valid for 24 hours" }),
    expiresAt: time,
    user: z.object({ id: z.string(), username: z.string() }),
  })
  .openapi("LoopspaceGrant");

export const registerSchema = z.object({
  username: usernameSchema,
  email: emailSchema,
  password: passwordSchema,
});

export const signInSchema = z.object({
  identifier: z.string().trim().min(1).max(254),
  password: z.string().min(1).max(256).openapi({ format: "password" }),
});

export type App = z.output<typeof appSchema>;
export type IssuedApp = z.output<typeof issuedAppSchema>;
export type Key = z.output<typeof keySchema>;
export type IssuedKey = z.output<typeof issuedKeySchema>;
export type Grant = z.output<typeof authorizedAppSchema>;
export type Usage = z.output<typeof usageSchema>;
export type SessionGrant = z.output<typeof sessionSchema>;
