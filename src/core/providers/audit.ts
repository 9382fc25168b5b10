import type { KnownProviders } from "./known.ts";
import { auditModels, CATALOGS, type Capability, type ProviderName } from "./models/index.ts";

const LIST_TIMEOUT_MS = 10_000;

/**
 * Compares the model registry with the list of each vendor, and reports each model that needs attention.
 */
export const auditProviders = async (
  { video, image, assistant }: KnownProviders,
  now: number,
  report: (event: string, fields: Record<string, string>) => void,
): Promise<void> => {
  for (const [capability, providers] of Object.entries({ video, image, assistant })) {
    const listed = new Map<ProviderName, readonly string[]>();
    await Promise.all(
      [...providers].map(async ([name, provider]) => {
        const signal = AbortSignal.timeout(LIST_TIMEOUT_MS);
        const models =
          "stream" in provider
            ? await provider.listModels(signal).catch(() => undefined)
            : await provider.listModels({ signal, report: async () => true });
        if (models) listed.set(name, models);
      }),
    );
    for (const { model, problem } of auditModels(CATALOGS[capability as Capability], listed, now))
      report("models.audit", { capability, model, problem });
  }
};
