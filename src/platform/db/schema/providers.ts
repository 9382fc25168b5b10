import { index, integer, sqliteTable, text } from "drizzle-orm/sqlite-core";

/** Who serves a capability where a client names nobody. Times are ms UTC. */
export const providerChoices = sqliteTable("provider_choices", {
  capability: text("capability", { enum: ["image", "video", "assistant"] }).primaryKey(),
  /** A provider of the registry, or `custom:<id>`. */
  provider: text("provider").notNull(),
  /** As the administrator named it. */
  model: text("model").notNull(),
  updatedAt: integer("updated_at").notNull(),
});

/** Providers administrators added: each speaks OpenAI's wire format. */
export const customProviders = sqliteTable(
  "custom_providers",
  {
    /** UUID */
    id: text("id").primaryKey(),
    capability: text("capability", { enum: ["image", "video", "assistant"] }).notNull(),
    name: text("name").notNull(),
    /** Without a slash at the end. */
    apiUrl: text("api_url").notNull(),
    /** AES-256-GCM: base64url of nonce and ciphertext. */
    keyCipher: text("key_cipher").notNull(),
    /** Fingerprint of the CONFIG_KEY it is encrypted with. */
    keyId: text("key_id").notNull(),
    /** JSON list of model names; the first is the default. */
    models: text("models").notNull(),
    createdAt: integer("created_at").notNull(),
    updatedAt: integer("updated_at").notNull(),
  },
  (t) => [index("custom_providers_by_created").on(t.createdAt)],
);
