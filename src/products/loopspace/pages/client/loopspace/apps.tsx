import { useState } from "hono/jsx/dom";
import { fieldsOf, Problem, useAction } from "../../../../../ui/client/shared/action.tsx";
import { Field } from "../../../../../ui/components.tsx";
import type { App, IssuedApp, Page } from "../../../contract/index.ts";
import { MAX_NAME, MAX_PAGE_SIZE } from "../../../contract/limits.ts";
import { call } from "./api.ts";
import { NewSecretNotice, useLoaded } from "./parts.tsx";
import { words } from "./words.ts";

const linesOf = (written: FormDataEntryValue | null): string[] =>
  String(written ?? "")
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "");

const RedirectUris = ({ uris }: { readonly uris: readonly string[] }) => (
  <Field label={words.redirectUris}>
    <textarea
      name="redirectUris"
      class="lines-few"
      spellcheck={false}
      placeholder={`https://app.example.com/callback\n${words.redirectHint}`}
    >
      {uris.join("\n")}
    </textarea>
  </Field>
);

const NewApp = ({ onIssued }: { readonly onIssued: (app: IssuedApp) => void }) => {
  const { busy, problem, act } = useAction();
  const submit = (event: Event): void => {
    const { form, fields } = fieldsOf(event);
    void act(async () => {
      const issued = await call<IssuedApp>("/developer/apps", "POST", {
        name: fields.get("name"),
        redirectUris: linesOf(fields.get("redirectUris")),
        public: fields.has("public"),
      });
      form.reset();
      onIssued(issued);
    });
  };
  return (
    <form class="card" onSubmit={submit}>
      <h2>{words.newApp}</h2>
      <Problem message={problem} />
      <Field label={words.name}>
        <input name="name" maxlength={MAX_NAME} required />
      </Field>
      <RedirectUris uris={[]} />
      <label class="check">
        <input name="public" type="checkbox" /> {words.publicApp}
      </label>
      <button type="submit" disabled={busy}>
        {words.create}
      </button>
    </form>
  );
};

interface AppRowProps {
  readonly app: App;
  readonly onIssued: (app: IssuedApp) => void;
  readonly onChanged: () => void;
}

const AppRow = ({ app, onIssued, onChanged }: AppRowProps) => {
  const { busy, problem, act } = useAction();
  const path = `/developer/apps/${app.clientId}`;
  const save = (event: Event): void => {
    const { fields } = fieldsOf(event);
    void act(async () => {
      const redirectUris = linesOf(fields.get("redirectUris"));
      await call(path, "PATCH", { name: fields.get("name"), redirectUris });
      onChanged();
    });
  };
  const rotate = () =>
    confirm(words.rotateAppSure) &&
    act(async () => onIssued(await call<IssuedApp>(`${path}/secret`, "POST")));
  const toggle = () =>
    act(async () => {
      await call(path, "PATCH", { enabled: !app.enabled });
      onChanged();
    });
  const remove = () =>
    confirm(words.removeSure) &&
    act(async () => {
      await call(path, "DELETE");
      onChanged();
    });
  return (
    <li class="entry" data-app={app.clientId} data-enabled={String(app.enabled)}>
      <div class="heading">
        <strong>{app.name}</strong>
        {!app.enabled && <span class="badge badge-revoked">{words.disabled.owner}</span>}
      </div>
      <p class="muted small">
        {words.clientId} <code>{app.clientId}</code>
        {app.redirectUris.map((uri) => (
          <>
            <br />
            {uri}
          </>
        ))}
      </p>
      <Problem message={problem} />
      <div class="actions">
        {!app.public && (
          <button type="button" class="chip" disabled={busy} onClick={rotate}>
            {words.newSecret}
          </button>
        )}
        <button type="button" class="chip" disabled={busy} onClick={toggle}>
          {app.enabled ? words.disable : words.enable}
        </button>
        <button type="button" class="chip" disabled={busy} onClick={remove}>
          {words.remove}
        </button>
      </div>
      <details>
        <summary>{words.edit}</summary>
        <form class="stack" onSubmit={save}>
          <Field label={words.name}>
            <input name="name" maxlength={MAX_NAME} value={app.name} required />
          </Field>
          <RedirectUris uris={app.redirectUris} />
          <button type="submit" disabled={busy}>
            {words.save}
          </button>
        </form>
      </details>
    </li>
  );
};

/** The OAuth applications that the account has registered. */
export const Apps = () => {
  const [issued, setIssued] = useState<IssuedApp | undefined>(undefined);
  const { value, problem, reload } = useLoaded(() =>
    call<Page<App>>(`/developer/apps?limit=${MAX_PAGE_SIZE}`),
  );
  const show = (app: IssuedApp): void => {
    setIssued(app);
    void reload();
  };
  return (
    <div class="stack">
      {issued?.clientSecret && (
        <NewSecretNotice
          label={`${issued.name}: ${words.secretShown}`}
          value={issued.clientSecret}
          onDone={() => setIssued(undefined)}
        />
      )}
      <div class="columns">
        <NewApp onIssued={show} />
        <section class="card">
          <h2>{words.tabs.apps}</h2>
          <Problem message={problem} />
          {value?.total === 0 && <p class="muted">{words.nothing}</p>}
          <ul class="plain">
            {value?.data.map((app) => (
              <AppRow key={app.clientId} app={app} onIssued={show} onChanged={reload} />
            ))}
          </ul>
        </section>
      </div>
    </div>
  );
};
