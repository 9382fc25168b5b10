import { useEffect, useState } from "hono/jsx/dom";
import { Problem, useAction } from "../../../../../ui/client/shared/action.tsx";
import { Field } from "../../../../../ui/components.tsx";
import { call } from "./api.ts";
import { text } from "./language.ts";
import { Reports } from "./reports.tsx";
import type { Kind, Providers } from "./wire.ts";

const KINDS: readonly Kind[] = ["image", "video", "assistant"];

type Config = Readonly<Record<`${Kind}Provider` | `${Kind}Model`, string>> & {
  readonly servedBy: Readonly<Record<Kind, string>>;
};

interface Custom {
  readonly id: string;
  readonly type: Kind;
  readonly name: string;
  readonly apiUrl: string;
  readonly models: readonly string[];
}

interface ChoicesProps {
  readonly providers: Providers;
  readonly config: Config;
  readonly onSaved: (config: Config) => void;
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
      onSaved(await call<Config>("/config/providers", "PUT", chosen));
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
      {KINDS.map((kind) => {
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
  readonly provider: Custom;
  readonly onChanged: () => void;
}) => {
  const { busy, problem, act } = useAction();
  const [said, setSaid] = useState<string | undefined>(undefined);
  const path = `/config/providers/custom/${provider.id}`;
  const test = () =>
    act(async () => {
      const { ok, latencyMs, models } = await call<{ ok: boolean; latencyMs: number; models: string[] }>(
        `${path}/test`,
        "POST",
      );
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
            {KINDS.map((kind) => (
              <option key={kind} value={kind}>
                {text.kinds[kind]}
              </option>
            ))}
          </select>
        </Field>
        <Field label={text.name}>
          <input name="name" maxlength={60} required />
        </Field>
        <Field label={text.model}>
          <input name="model" maxlength={128} />
        </Field>
      </div>
      <Field label={text.address}>
        <input name="apiUrl" type="url" maxlength={500} required placeholder="https://llm.example.com/v1" />
      </Field>
      <Field label={text.key}>
        <input name="apiKey" type="password" autocomplete="off" maxlength={500} required />
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
  const [config, setConfig] = useState<Config | undefined>(undefined);
  const [custom, setCustom] = useState<readonly Custom[]>([]);
  const { problem, act } = useAction();
  const load = () =>
    act(async () => {
      const [known, current, added] = await Promise.all([
        call<Providers>("/config/providers"),
        call<Config>("/config/current"),
        call<{ list: readonly Custom[] }>("/config/providers/custom"),
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
