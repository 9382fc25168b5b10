import { index, integer, sqliteTable, text } from "drizzle-orm/sqlite-core";

/** The provider of each capability for requests that name none. Times are ms UTC. */
export const providerChoices = sqliteTable("provider_choices", {
  capability: text("capability", { enum: ["image", "video", "assistant"] }).primaryKey(),
  /** The name of a built-in provider, or `custom:<id>`. */
  provider: text("provider").notNull(),
  /** The model name that the administrator entered. */
  model: text("model").notNull(),
  updatedAt: integer("updated_at").notNull(),
});

/** Providers that administrators added; each uses OpenAI's wire format. */
export const customProviders = sqliteTable(
  "custom_providers",
  {
    /** UUID */
    id: text("id").primaryKey(),
    capability: text("capability", { enum: ["image", "video", "assistant"] }).notNull(),
    name: text("name").notNull(),
    /** Without a trailing slash. */
    apiUrl: text("api_url").notNull(),
    /** The API key, encrypted with AES-256-GCM: base64url of nonce and ciphertext. */
    keyCipher: text("key_cipher").notNull(),
    /** The fingerprint of the CONFIG_KEY that encrypts the API key. */
    keyId: text("key_id").notNull(),
    /** JSON list of model names; the first is the default. */
    models: text("models").notNull(),
    createdAt: integer("created_at").notNull(),
    updatedAt: integer("updated_at").notNull(),
  },
  (t) => [index("custom_providers_by_created").on(t.createdAt)],
);
