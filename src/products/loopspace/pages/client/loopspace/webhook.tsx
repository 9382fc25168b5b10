import { useState } from "hono/jsx/dom";
import { fieldsOf, Problem, useAction } from "../../../../../ui/client/shared/action.tsx";
import { Field } from "../../../../../ui/components.tsx";
import type { Environment, Webhook, WebhookWithSecret } from "../../../contract/index.ts";
import { APP_EVENT_TYPES, EVENT_TYPES, MAX_WEBHOOK_URL } from "../../../contract/limits.ts";
import { call } from "./api.ts";
import { Deliveries } from "./deliveries.tsx";
import { CheckboxGroup, Options } from "./parts.tsx";
import { words } from "./words.ts";

interface WebhookRowProps {
  readonly webhook: Webhook;
  readonly environment: Environment;
  readonly onIssued: (webhook: WebhookWithSecret) => void;
  readonly onChanged: () => void;
}

/** A webhook with its actions. */
export const WebhookRow = ({ webhook, environment, onIssued, onChanged }: WebhookRowProps) => {
  const { busy, problem, act } = useAction();
  const [sent, setSent] = useState(0);
  const [isLogOpen, setLogOpen] = useState(false);
  const pathOf = (part = "") => `/developer/webhooks/${webhook.id}${part}?environment=${environment}`;
  const change = (method: string, part = "", body?: unknown) =>
    act(async () => {
      await call(pathOf(part), method, body);
      onChanged();
    });
  const save = (event: Event): void => {
    const { fields } = fieldsOf(event);
    void change("PATCH", "", { url: fields.get("url"), events: fields.getAll("events") });
  };
  const test = (event: Event): void => {
    const { fields } = fieldsOf(event);
    void act(async () => {
      await call(pathOf("/test"), "POST", { type: fields.get("type") });
      setSent(sent + 1);
      setLogOpen(true);
    });
  };
  const rotate = () =>
    confirm(words.rotateWebhookSure) &&
    act(async () => onIssued(await call<WebhookWithSecret>(pathOf("/rotate-secret"), "POST", {})));
  const events = webhook.clientId === null ? EVENT_TYPES : APP_EVENT_TYPES;
  const state = webhook.disabledReason === null ? words.enabled : words.disabled[webhook.disabledReason];
  return (
    <li class="entry" data-webhook={webhook.id} data-enabled={String(webhook.enabled)}>
      <div class="heading">
        <strong>{webhook.url}</strong>
        <span class={webhook.enabled ? "badge badge-activated" : "badge badge-revoked"}>{state}</span>
      </div>
      <p class="muted small">{webhook.events.join(", ")}</p>
      {webhook.clientId !== null && (
        <p class="muted small">
          {words.ofApplication} <code>{webhook.clientId}</code>
        </p>
      )}
      <Problem message={problem} />
      <div class="actions">
        <button
          type="button"
          class="chip"
          disabled={busy}
          onClick={() => change("PATCH", "", { enabled: !webhook.enabled })}
        >
          {webhook.enabled ? words.disable : words.enable}
        </button>
        <button type="button" class="chip" disabled={busy} onClick={rotate}>
          {words.newSecret}
        </button>
        <button
          type="button"
          class="chip"
          disabled={busy}
          onClick={() => confirm(words.removeSure) && change("DELETE")}
        >
          {words.remove}
        </button>
      </div>
      <details>
        <summary>{words.edit}</summary>
        <form class="stack" onSubmit={save}>
          <Field label={words.address}>
            <input name="url" type="url" maxlength={MAX_WEBHOOK_URL} value={webhook.url} required />
          </Field>
          <CheckboxGroup label={words.events} name="events" options={events} chosen={webhook.events} />
          <button type="submit" disabled={busy}>
            {words.save}
          </button>
        </form>
      </details>
      <form class="inline-form" onSubmit={test}>
        <select name="type" aria-label={words.events}>
          <Options options={events.map((event) => [event, event] as const)} />
        </select>
        <button type="submit" class="button-quiet" disabled={busy || !webhook.enabled}>
          {words.test}
        </button>
      </form>
      {sent > 0 && <p role="status">{words.testSent}</p>}
      {isLogOpen ? (
        <Deliveries key={sent} webhookId={webhook.id} environment={environment} />
      ) : (
        <button type="button" class="button-quiet" onClick={() => setLogOpen(true)}>
          {words.log}
        </button>
      )}
    </li>
  );
};
