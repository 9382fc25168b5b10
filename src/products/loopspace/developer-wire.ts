import { z } from "@hono/zod-openapi";
import type { ApiKey } from "../../core/developer/index.ts";
import { type AuthorizedApp, isRedirectUri, type OAuthClient } from "../../core/oauth/index.ts";
import { hasInvisible, isVisible } from "../../lib/text.ts";
import {
  environmentSchema,
  isoTime,
  nullableIsoTime,
  type PageQuery,
  scopeSchema,
  time,
  toPage,
} from "./wire.ts";

const MAX_REDIRECT_URIS = 10;
const MAX_REDIRECT_URI = 512;

/**
 * The name of an application or key. The consent page shows it, so invisible characters are refused: a direction
 * override would change how the text around the name reads.
 */
export const nameSchema = z
  .string()
  .trim()
  .min(1)
  .max(80)
  .refine((name) => !hasInvisible(name), "must not contain control or invisible characters")
  .refine(isVisible, "must contain a visible character")
  .openapi({ example: "Mixtape" });

export const redirectUrisSchema = z
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

export const toAppWire = ({
  id,
  name,
  redirectUris,
  isPublic,
  isEnabled,
  createdAt,
  updatedAt,
}: OAuthClient) => ({
  clientId: id,
  name,
  redirectUris: [...redirectUris],
  public: isPublic,
  enabled: isEnabled,
  createdAt: isoTime(createdAt),
  updatedAt: isoTime(updatedAt),
});

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

export const toKeyWire = ({ createdAt, lastUsedAt, expiresAt, scopes, ...key }: ApiKey) => ({
  id: key.id,
  name: key.name,
  environment: key.environment,
  prefix: key.prefix,
  scopes: [...scopes],
  createdAt: isoTime(createdAt),
  lastUsedAt: nullableIsoTime(lastUsedAt),
  expiresAt: nullableIsoTime(expiresAt),
});

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

export const toAuthorizedAppWire = ({ clientId, name, scopes, createdAt, lastUsedAt }: AuthorizedApp) => ({
  id: clientId,
  name,
  scopes: [...scopes],
  createdAt: isoTime(createdAt),
  lastUsedAt: isoTime(lastUsedAt),
});

/** Returns one page of a list that is short enough to be read completely. */
export const pageOfArray = <T>(items: readonly T[], query: PageQuery) =>
  toPage(items.slice((query.page - 1) * query.limit, query.page * query.limit), items.length, query);
