import { useState } from "hono/jsx/dom";
import { fieldsOf, Problem, useAction } from "../../../../../ui/client/shared/action.tsx";
import { Field } from "../../../../../ui/components.tsx";
import type { Environment, Page, Webhook, WebhookWithSecret } from "../../../contract/index.ts";
import { APP_EVENT_TYPES, EVENT_TYPES, MAX_PAGE_SIZE, MAX_WEBHOOK_URL } from "../../../contract/limits.ts";
import { call } from "./api.ts";
import { CheckboxGroup, NewSecretNotice, Options, useLoaded } from "./parts.tsx";
import { WebhookRow } from "./webhook.tsx";
import { words } from "./words.ts";

interface NewWebhookProps {
  readonly environment: Environment;
  readonly onIssued: (webhook: WebhookWithSecret) => void;
}

const NewWebhook = ({ environment, onIssued }: NewWebhookProps) => {
  const { busy, problem, act } = useAction();
  const submit = (event: Event): void => {
    const { form, fields } = fieldsOf(event);
    void act(async () => {
      const issued = await call<WebhookWithSecret>(`/developer/webhooks?environment=${environment}`, "POST", {
        url: fields.get("url"),
        events: fields.getAll("events"),
      });
      form.reset();
      onIssued(issued);
    });
  };
  return (
    <form class="card" onSubmit={submit}>
      <h2>{words.newWebhook}</h2>
      <Problem message={problem} />
      <Field label={words.address}>
        <input
          name="url"
          type="url"
          maxlength={MAX_WEBHOOK_URL}
          placeholder="https://your-server.example.com/webhook"
          required
        />
      </Field>
      <CheckboxGroup label={words.events} name="events" options={EVENT_TYPES} chosen={APP_EVENT_TYPES} />
      <button type="submit" disabled={busy}>
        {words.create}
      </button>
    </form>
  );
};

/** The webhooks of one environment, and the form for a new one. */
export const Webhooks = () => {
  const [environment, setEnvironment] = useState<Environment>("live");
  const [issued, setIssued] = useState<WebhookWithSecret | undefined>(undefined);
  const { value, problem, reload } = useLoaded(
    () => call<Page<Webhook>>(`/developer/webhooks?limit=${MAX_PAGE_SIZE}&environment=${environment}`),
    [environment],
  );
  const show = (webhook: WebhookWithSecret): void => {
    setIssued(webhook);
    void reload();
  };
  return (
    <div class="stack">
      {issued && (
        <NewSecretNotice label={issued.url} value={issued.secret} onDone={() => setIssued(undefined)} />
      )}
      <div class="columns">
        <NewWebhook environment={environment} onIssued={show} />
        <section class="card">
          <div class="heading">
            <h2>{words.tabs.webhooks}</h2>
            <Field label={words.environment}>
              <select
                onChange={(event: Event) =>
                  setEnvironment((event.target as HTMLSelectElement).value as Environment)
                }
              >
                <Options options={Object.entries(words.environments)} selected={environment} />
              </select>
            </Field>
          </div>
          <Problem message={problem} />
          {value?.total === 0 && <p class="muted">{words.nothing}</p>}
          <ul class="plain">
            {value?.data.map((webhook) => (
              <WebhookRow
                key={webhook.id}
                webhook={webhook}
                environment={environment}
                onIssued={show}
                onChanged={reload}
              />
            ))}
          </ul>
        </section>
      </div>
    </div>
  );
};
