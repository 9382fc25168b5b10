import { and, asc, eq, ne, sql } from "drizzle-orm";
import { type Clock, SECOND_MS } from "../../../lib/clock.ts";
import type { Failure } from "../../../lib/domain-error.ts";
import { publicUrl } from "../../../lib/public-url.ts";
import { err, ok, type Result } from "../../../lib/result.ts";
import type { Database } from "../../../platform/db/client.ts";
import { customProviders, providerChoices } from "../../../platform/db/schema/providers.ts";
import { transaction } from "../../../platform/db/transaction.ts";
import type { KeyVault } from "../../secrets/index.ts";
import type { Capability } from "../facts.ts";
import { CATALOGS, findModel, type ProviderName } from "../models/index.ts";

type CustomRow = typeof customProviders.$inferSelect;

/** How long an isolate uses its copy of the configuration. A change takes effect everywhere after this time. */
const FRESH_MS = 5 * SECOND_MS;
const MAX_CUSTOM = 50;
/** Model name sent to a custom provider without a list of models, if the client named none. */
const UNNAMED_MODEL = "default";

/** Provider and model that serve a capability if the client names no model. */
export interface Choice {
  readonly provider: ProviderName;
  readonly model: string;
}

/** A provider that an administrator added, without its API key. Times are ms UTC. */
export interface CustomProvider {
  readonly id: string;
  readonly capability: Capability;
  readonly name: string;
  readonly apiUrl: string;
  readonly models: readonly string[];
  readonly createdAt: number;
  readonly updatedAt: number;
}

export interface NewCustomProvider {
  readonly capability: Capability;
  readonly name: string;
  readonly apiUrl: string;
  readonly apiKey: string;
  readonly models: readonly string[];
}

interface Snapshot {
  readonly readAt: number;
  readonly choices: ReadonlyMap<Capability, Choice>;
  readonly custom: ReadonlyMap<string, CustomRow>;
}

/** The configuration that an isolate has cached. */
export class ProviderConfigCache {
  snapshot: Snapshot | undefined;
}

const toCustom = ({ keyCipher: _, keyId: __, models, ...row }: CustomRow): CustomProvider => ({
  ...row,
  models: JSON.parse(models) as string[],
});

/** Returns the name under which tasks and choices refer to a model of a custom provider. */
export const customModelName = (id: string, model: string): string => `custom:${id}/${model}`;

const CUSTOM_NAME = /^custom:([0-9a-f-]{36})(?:\/(.+))?$/;

/** The provider and model that serve each capability by default, and the providers that administrators added. */
export class ProviderConfig {
  constructor(
    private readonly db: Database,
    private readonly memory: ProviderConfigCache,
    private readonly vault: KeyVault,
    /** Whether a provider may have a loopback address (in development). */
    private readonly loopback: boolean,
    private readonly clock: Clock,
  ) {}

  async choiceOf(capability: Capability): Promise<Choice | undefined> {
    return (await this.read()).choices.get(capability);
  }

  /** Stores the given choices. If one names a model that does not exist, none of them is stored. */
  async choose(
    choices: readonly (Choice & { readonly capability: Capability })[],
  ): Promise<Result<void, Failure<"invalid_request">>> {
    const { custom } = await this.reread();
    const issues = choices.flatMap(({ capability, provider, model }) => {
      const known = this.knows(custom, capability, provider, model);
      return known ? [] : [{ path: `${capability}Model`, message: `${provider} has no model ${model}` }];
    });
    if (issues.length > 0) return err({ code: "invalid_request", issues });
    const now = this.clock();
    await transaction(
      this.db,
      choices.map(
        ({ capability, provider, model }) => sql`INSERT INTO ${providerChoices}
          (capability, provider, model, updated_at) VALUES (${capability}, ${provider}, ${model}, ${now})
          ON CONFLICT (capability) DO UPDATE SET provider = ${provider}, model = ${model}, updated_at = ${now}`,
      ),
    );
    this.memory.snapshot = undefined;
    return ok(undefined);
  }

  /** Lists all custom providers, oldest first. */
  async listCustom(): Promise<CustomProvider[]> {
    return [...(await this.reread()).custom.values()].map(toCustom);
  }

  async add(added: NewCustomProvider): Promise<Result<CustomProvider, Failure<"invalid_request">>> {
    const checked = this.check(added);
    if (!checked.ok) return checked;
    if ((await this.reread()).custom.size >= MAX_CUSTOM)
      return err({
        code: "invalid_request",
        issues: [{ path: "", message: `at most ${MAX_CUSTOM} custom providers are allowed` }],
      });
    const id = crypto.randomUUID();
    const now = this.clock();
    const { cipher, keyId } = await this.vault.encrypt(id, added.apiKey);
    const row: CustomRow = {
      id,
      capability: added.capability,
      name: added.name,
      apiUrl: checked.value,
      keyCipher: cipher,
      keyId,
      models: JSON.stringify(added.models),
      createdAt: now,
      updatedAt: now,
    };
    await this.db.insert(customProviders).values(row);
    this.memory.snapshot = undefined;
    return ok(toCustom(row));
  }

  /**
   * Changes a custom provider; undefined fields stay unchanged. An address with a new origin requires a new key, so
   * that the stored key is never sent to another host.
   */
  async update(
    id: string,
    change: Partial<Omit<NewCustomProvider, "capability">>,
  ): Promise<Result<CustomProvider, Failure<"invalid_request" | "not_found">>> {
    const row = (await this.reread()).custom.get(id);
    if (!row) return err({ code: "not_found", what: "provider" });
    const checked = change.apiUrl === undefined ? ok(row.apiUrl) : this.check({ apiUrl: change.apiUrl });
    if (!checked.ok) return checked;
    const moved = new URL(checked.value).origin !== new URL(row.apiUrl).origin;
    if (moved && change.apiKey === undefined) {
      const message = "is required when apiUrl changes to another origin";
      return err({ code: "invalid_request", issues: [{ path: "apiKey", message }] });
    }
    const sealed = change.apiKey === undefined ? undefined : await this.vault.encrypt(id, change.apiKey);
    const [updated] = await this.db
      .update(customProviders)
      .set({
        apiUrl: checked.value,
        name: change.name ?? row.name,
        models: change.models ? JSON.stringify(change.models) : row.models,
        ...(sealed && { keyCipher: sealed.cipher, keyId: sealed.keyId }),
        updatedAt: this.clock(),
      })
      .where(eq(customProviders.id, id))
      .returning();
    this.memory.snapshot = undefined;
    return updated ? ok(toCustom(updated)) : err({ code: "not_found", what: "provider" });
  }

  /** Removes a custom provider. The capability that it served by choice returns to its default. */
  async remove(id: string): Promise<Result<void, Failure<"not_found">>> {
    const [removed] = await transaction(this.db, [
      sql`DELETE FROM ${customProviders} WHERE id = ${id}`,
      sql`DELETE FROM ${providerChoices} WHERE provider = ${`custom:${id}`}`,
    ]);
    this.memory.snapshot = undefined;
    return removed?.meta.changes === 1 ? ok(undefined) : err({ code: "not_found", what: "provider" });
  }

  /** Finds the provider and model of a name like `custom:<id>/<model>`; undefined if the provider does not exist. */
  async findCustom(name: string): Promise<{ provider: CustomProvider; model: string } | undefined> {
    const [, id = "", model] = CUSTOM_NAME.exec(name) ?? [];
    const row = (await this.read()).custom.get(id);
    if (!row) return undefined;
    const provider = toCustom(row);
    return { provider, model: model ?? provider.models[0] ?? UNNAMED_MODEL };
  }

  /**
   * Decrypts the key of a custom provider; undefined if the provider does not exist or the key cannot be decrypted.
   */
  async keyOf(id: string): Promise<string | undefined> {
    const row = (await this.read()).custom.get(id);
    return row && this.vault.decrypt(id, { cipher: row.keyCipher, keyId: row.keyId });
  }

  /** Runs daily. Re-encrypts with the current secret the keys that were encrypted with the previous one. */
  async reencrypt(): Promise<void> {
    const keyId = await this.vault.currentKeyId();
    const old = await this.db.select().from(customProviders).where(ne(customProviders.keyId, keyId));
    for (const row of old) {
      const key = await this.vault.decrypt(row.id, { cipher: row.keyCipher, keyId: row.keyId });
      if (key === undefined) continue;
      const sealed = await this.vault.encrypt(row.id, key);
      await this.db
        .update(customProviders)
        .set({ keyCipher: sealed.cipher, keyId: sealed.keyId })
        .where(and(eq(customProviders.id, row.id), eq(customProviders.keyCipher, row.keyCipher)));
    }
  }

  private check({ apiUrl }: Pick<NewCustomProvider, "apiUrl">): Result<string, Failure<"invalid_request">> {
    const url = publicUrl(apiUrl, { loopback: this.loopback });
    if (url && url.search === "" && url.hash === "") return ok(url.href.replace(/\/+$/, ""));
    const message = "must be a public https URL without credentials, query string or fragment";
    return err({ code: "invalid_request", issues: [{ path: "apiUrl", message }] });
  }

  private knows(
    custom: ReadonlyMap<string, CustomRow>,
    capability: Capability,
    provider: ProviderName,
    model: string,
  ): boolean {
    if (!provider.startsWith("custom:")) return findModel(CATALOGS[capability], model)?.provider === provider;
    const row = custom.get(provider.slice("custom:".length));
    if (row?.capability !== capability) return false;
    const { models } = toCustom(row);
    return models.length === 0 || models.includes(model);
  }

  private async read(): Promise<Snapshot> {
    const { snapshot } = this.memory;
    return snapshot && this.clock() - snapshot.readAt < FRESH_MS ? snapshot : this.reread();
  }

  /** Reads the configuration from the database in one round trip and caches it. */
  private async reread(): Promise<Snapshot> {
    const [choices, custom] = await this.db.batch([
      this.db.select().from(providerChoices),
      this.db.select().from(customProviders).orderBy(asc(customProviders.createdAt)),
    ]);
    const snapshot: Snapshot = {
      readAt: this.clock(),
      choices: new Map(
        choices.map(({ capability, provider, model }) => [
          capability,
          { provider: provider as ProviderName, model },
        ]),
      ),
      custom: new Map(custom.map((row) => [row.id, row])),
    };
    this.memory.snapshot = snapshot;
    return snapshot;
  }
}
