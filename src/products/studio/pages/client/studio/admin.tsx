import { useEffect, useState } from "hono/jsx/dom";
import { Problem, useAction } from "../../../../../ui/client/shared/action.tsx";
import { Field } from "../../../../../ui/components.tsx";
import type {
  CustomProviders,
  CustomProviderWire,
  ProviderConfig,
  Providers,
  ProviderTest,
} from "../../../contract/index.ts";
import {
  CAPABILITIES,
  MAX_MODEL,
  MAX_PROVIDER_KEY,
  MAX_PROVIDER_NAME,
  MAX_PROVIDER_URL,
} from "../../../contract/limits.ts";
import { call } from "./api.ts";
import { text } from "./language.ts";
import { Reports } from "./reports.tsx";

interface ChoicesProps {
  readonly providers: Providers;
  readonly config: ProviderConfig;
  readonly onSaved: (config: ProviderConfig) => void;
}

/** Sets the provider for requests that do not name one. */
const Choices = ({ providers, config, onSaved }: ChoicesProps) => {
  const { busy, problem, act } = useAction();
  const [isSaved, setSaved] = useState(false);
  const save = (event: Event): void => {
    event.preventDefault();
    const chosen: Record<string, string> = {};
    for (const [kind, value] of new FormData(event.target as HTMLFormElement)) {
      const [provider = "", model = ""] = String(value).split("|");
      chosen[`${kind}Provider`] = provider;
      chosen[`${kind}Model`] = model;
    }
    setSaved(false);
    void act(async () => {
      onSaved(await call<ProviderConfig>("/config/providers", "PUT", chosen));
      setSaved(true);
    });
  };
  return (
    <form class="card" onSubmit={save}>
      <h2>{text.providers}</h2>
      <Problem message={problem} />
      {isSaved && (
        <p class="notice notice-good" role="status">
          {text.saved}
        </p>
      )}
      {CAPABILITIES.map((kind) => {
        const current = `${config[`${kind}Provider`]}|${config[`${kind}Model`]}`;
        return (
          <div key={kind} class="stack">
            <Field label={text.kinds[kind]}>
              <select name={kind}>
                {providers[kind].map((provider) => (
                  <optgroup key={provider.id} label={provider.name}>
                    {(provider.models.length === 0 ? ["default"] : provider.models).map((model) => {
                      const value = `${provider.id}|${model}`;
                      return (
                        <option key={value} value={value} selected={value === current}>
                          {model}
                        </option>
                      );
                    })}
                  </optgroup>
                ))}
              </select>
            </Field>
            <p class="muted small">{text.servedBy(config.servedBy[kind] || "–")}</p>
          </div>
        );
      })}
      <button type="submit" disabled={busy}>
        {text.save}
      </button>
    </form>
  );
};

/** A custom provider, with a connection test. */
const CustomRow = ({
  provider,
  onChanged,
}: {
  readonly provider: CustomProviderWire;
  readonly onChanged: () => void;
}) => {
  const { busy, problem, act } = useAction();
  const [said, setSaid] = useState<string | undefined>(undefined);
  const path = `/config/providers/custom/${provider.id}`;
  const test = () =>
    act(async () => {
      const { ok, latencyMs, models } = await call<ProviderTest>(`${path}/test`, "POST");
      setSaid(ok ? text.reachable(latencyMs, models.length) : text.unreachable);
    });
  const remove = () =>
    confirm(text.removeSure) &&
    act(async () => {
      await call(path, "DELETE");
      onChanged();
    });
  return (
    <li class="stack" data-custom={provider.id}>
      <div class="heading">
        <span>
          <strong>{provider.name}</strong> · {text.kinds[provider.type]}
          <br />
          <span class="muted small">{provider.apiUrl}</span>
        </span>
        <span class="actions">
          <button type="button" class="button-quiet" disabled={busy} onClick={test}>
            {text.test}
          </button>
          <button type="button" class="button-bad" disabled={busy} onClick={remove}>
            {text.remove}
          </button>
        </span>
      </div>
      <Problem message={problem} />
      {said && <p role="status">{said}</p>}
    </li>
  );
};

const AddProvider = ({ onAdded }: { readonly onAdded: () => void }) => {
  const { busy, problem, act } = useAction();
  const add = (event: Event): void => {
    event.preventDefault();
    const form = event.target as HTMLFormElement;
    const { model, ...fields } = Object.fromEntries(new FormData(form));
    void act(async () => {
      await call("/config/providers/custom", "POST", { ...fields, config: model ? { model } : {} });
      form.reset();
      onAdded();
    });
  };
  return (
    <form class="stack" onSubmit={add}>
      <h3>{text.addProvider}</h3>
      <Problem message={problem} />
      <div class="filters">
        <Field label={text.kind}>
          <select name="type">
            {CAPABILITIES.map((kind) => (
              <option key={kind} value={kind}>
                {text.kinds[kind]}
              </option>
            ))}
          </select>
        </Field>
        <Field label={text.name}>
          <input name="name" maxlength={MAX_PROVIDER_NAME} required />
        </Field>
        <Field label={text.model}>
          <input name="model" maxlength={MAX_MODEL} />
        </Field>
      </div>
      <Field label={text.address}>
        <input
          name="apiUrl"
          type="url"
          maxlength={MAX_PROVIDER_URL}
          required
          placeholder="https://llm.example.com/v1"
        />
      </Field>
      <Field label={text.key}>
        <input name="apiKey" type="password" autocomplete="off" maxlength={MAX_PROVIDER_KEY} required />
      </Field>
      <button type="submit" disabled={busy}>
        {text.addProvider}
      </button>
    </form>
  );
};

/** The administrators' page: providers and reported works. */
export const Admin = () => {
  const [providers, setProviders] = useState<Providers | undefined>(undefined);
  const [config, setConfig] = useState<ProviderConfig | undefined>(undefined);
  const [custom, setCustom] = useState<readonly CustomProviderWire[]>([]);
  const { problem, act } = useAction();
  const load = () =>
    act(async () => {
      const [known, current, added] = await Promise.all([
        call<Providers>("/config/providers"),
        call<ProviderConfig>("/config/current"),
        call<CustomProviders>("/config/providers/custom"),
      ]);
      setProviders(known);
      setConfig(current);
      setCustom(added.list);
    });
  useEffect(() => {
    void load();
  }, []);
  return (
    <div class="stack">
      <Problem message={problem} />
      <div class="columns">
        {providers && config && <Choices providers={providers} config={config} onSaved={setConfig} />}
        <section class="card">
          <h2>{text.custom}</h2>
          <ul class="plain">
            {custom.map((provider) => (
              <CustomRow key={provider.id} provider={provider} onChanged={load} />
            ))}
          </ul>
          <AddProvider onAdded={load} />
        </section>
      </div>
      <Reports />
    </div>
  );
};
