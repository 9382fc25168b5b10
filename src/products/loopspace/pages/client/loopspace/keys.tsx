import { useState } from "hono/jsx/dom";
import { fieldsOf, Problem, useAction } from "../../../../../ui/client/shared/action.tsx";
import { Field } from "../../../../../ui/components.tsx";
import type { IssuedKey, Key, Page } from "../../../contract/index.ts";
import { MAX_NAME, MAX_PAGE_SIZE, SCOPES } from "../../../contract/limits.ts";
import { call, timeOf } from "./api.ts";
import { numberOf } from "./language.ts";
import { CheckboxGroup, NewSecretNotice, Options, useLoaded } from "./parts.tsx";
import { words } from "./words.ts";

const DAY_MS = 86_400_000;
const LIFETIMES = ["30", "90", "365"] as const;

const NewKey = ({ onIssued }: { readonly onIssued: (key: IssuedKey) => void }) => {
  const { busy, problem, act } = useAction();
  const submit = (event: Event): void => {
    const { form, fields } = fieldsOf(event);
    const days = Number(fields.get("days"));
    void act(async () => {
      const issued = await call<IssuedKey>("/developer/keys", "POST", {
        name: fields.get("name"),
        environment: fields.get("environment"),
        scopes: fields.getAll("scopes"),
        expiresAt: days === 0 ? null : new Date(Date.now() + days * DAY_MS).toISOString(),
      });
      form.reset();
      onIssued(issued);
    });
  };
  return (
    <form class="card" onSubmit={submit}>
      <h2>{words.newKey}</h2>
      <p class="muted small">{words.keyHint}</p>
      <Problem message={problem} />
      <Field label={words.name}>
        <input name="name" maxlength={MAX_NAME} required />
      </Field>
      <div class="filters">
        <Field label={words.environment}>
          <select name="environment">
            <Options options={Object.entries(words.environments)} />
          </select>
        </Field>
        <Field label={words.expires}>
          <select name="days">
            <option value="0">{words.never}</option>
            <Options options={LIFETIMES.map((days) => [days, words.inDays(numberOf(Number(days)))])} />
          </select>
        </Field>
      </div>
      <CheckboxGroup label={words.scopes} name="scopes" options={SCOPES} chosen={SCOPES} />
      <button type="submit" disabled={busy}>
        {words.create}
      </button>
    </form>
  );
};

interface KeyRowProps {
  readonly apiKey: Key;
  readonly onIssued: (key: IssuedKey) => void;
  readonly onChanged: () => void;
}

const KeyRow = ({ apiKey, onIssued, onChanged }: KeyRowProps) => {
  const { busy, problem, act } = useAction();
  const path = `/developer/keys/${apiKey.id}`;
  const rotate = () =>
    confirm(words.rotateKeySure) &&
    act(async () => onIssued(await call<IssuedKey>(`${path}/rotate`, "POST")));
  const revoke = () =>
    confirm(words.revokeSure) &&
    act(async () => {
      await call(path, "DELETE");
      onChanged();
    });
  return (
    <li class="entry" data-key={apiKey.id}>
      <div class="heading">
        <strong>{apiKey.name}</strong>
        <span class="badge">{words.environments[apiKey.environment]}</span>
      </div>
      <p class="muted small">
        <code>{apiKey.prefix}…</code> · {apiKey.scopes.join(", ")}
        <br />
        {apiKey.lastUsedAt ? words.lastUsed(timeOf(apiKey.lastUsedAt)) : words.notUsed}
        {apiKey.expiresAt ? ` · ${words.expiresAt(timeOf(apiKey.expiresAt))}` : ""}
      </p>
      <Problem message={problem} />
      <div class="actions">
        <button type="button" class="chip" disabled={busy} onClick={rotate}>
          {words.rotate}
        </button>
        <button type="button" class="chip" disabled={busy} onClick={revoke}>
          {words.revoke}
        </button>
      </div>
    </li>
  );
};

/** The account's API keys, for server-to-server calls. */
export const Keys = () => {
  const [issued, setIssued] = useState<IssuedKey | undefined>(undefined);
  const { value, problem, reload } = useLoaded(() =>
    call<Page<Key>>(`/developer/keys?limit=${MAX_PAGE_SIZE}`),
  );
  const show = (key: IssuedKey): void => {
    setIssued(key);
    void reload();
  };
  return (
    <div class="stack">
      {issued && (
        <NewSecretNotice label={words.keyShown} value={issued.key} onDone={() => setIssued(undefined)} />
      )}
      <div class="columns">
        <NewKey onIssued={show} />
        <section class="card">
          <h2>{words.tabs.keys}</h2>
          <Problem message={problem} />
          {value?.total === 0 && <p class="muted">{words.nothing}</p>}
          <ul class="plain">
            {value?.data.map((key) => (
              <KeyRow key={key.id} apiKey={key} onIssued={show} onChanged={reload} />
            ))}
          </ul>
        </section>
      </div>
    </div>
  );
};
