import { useEffect, useState } from "hono/jsx/dom";
import { fieldsOf, Problem, useAction, useIsMounted } from "../../../../../ui/client/shared/action.tsx";
import { Field } from "../../../../../ui/components.tsx";
import type {
  Environment,
  Page,
  Recovered,
  WebhookDelivery,
  WebhookDeliveryWithPayload,
} from "../../../contract/index.ts";
import { call, timeOf } from "./api.ts";
import { numberOf } from "./language.ts";
import { useLoaded } from "./parts.tsx";
import { words } from "./words.ts";

const PAGE_SIZE = 20;
const LOOK_AGAIN_MS = 2_000;
/** The list is reloaded this often while deliveries are pending. The retries after that are minutes apart. */
const LOOKS = 5;

interface Place {
  readonly webhookId: string;
  readonly environment: Environment;
}

const BADGES: Readonly<Record<WebhookDelivery["status"], string>> = {
  pending: "badge",
  delivered: "badge badge-activated",
  failed: "badge badge-revoked",
};

/** The attempts of a delivery and its payload. */
const Details = ({ delivery }: { readonly delivery: WebhookDeliveryWithPayload }) => (
  <div class="stack small">
    {delivery.attempts.map(({ at, status, error, durationMs, response }) => (
      <p key={at}>
        {timeOf(at)} · {status ?? words.noAnswer}
        {error ? ` · ${error}` : ""} · {words.milliseconds(numberOf(durationMs))}
        {response && (
          <>
            <br />
            <code>{response}</code>
          </>
        )}
      </p>
    ))}
    <pre class="payload">{JSON.stringify(delivery.payload, null, 2)}</pre>
  </div>
);

interface DeliveryRowProps {
  readonly delivery: WebhookDelivery;
  readonly environment: Environment;
  readonly onChanged: () => void;
}

const DeliveryRow = ({ delivery, environment, onChanged }: DeliveryRowProps) => {
  const [details, setDetails] = useState<WebhookDeliveryWithPayload | undefined>(undefined);
  const { busy, problem, act } = useAction();
  const pathOf = (part = "") =>
    `/developer/webhooks/deliveries/${delivery.id}${part}?environment=${environment}`;
  const open = () => act(async () => setDetails(await call<WebhookDeliveryWithPayload>(pathOf())));
  const again = () =>
    act(async () => {
      await call(pathOf("/redeliver"), "POST");
      setDetails(undefined);
      onChanged();
    });
  return (
    <li class="entry" data-delivery={delivery.id} data-status={delivery.status}>
      <div class="heading">
        <code>{delivery.event.type}</code>
        <span class={BADGES[delivery.status]}>{words.deliveries[delivery.status]}</span>
      </div>
      <p class="muted small">
        {timeOf(delivery.createdAt)} · {words.attempts(numberOf(delivery.attempts.length))}
        {delivery.error ? ` · ${delivery.error}` : ""}
        {delivery.nextAttemptAt ? ` · ${words.next(timeOf(delivery.nextAttemptAt))}` : ""}
      </p>
      <Problem message={problem} />
      {details ? (
        <Details delivery={details} />
      ) : (
        <div class="actions">
          <button type="button" class="chip" disabled={busy} onClick={open}>
            {words.details}
          </button>
          <button type="button" class="chip" disabled={busy} onClick={again}>
            {words.again}
          </button>
        </div>
      )}
    </li>
  );
};

const Recover = ({ webhookId, environment, onChanged }: Place & { readonly onChanged: () => void }) => {
  const { busy, problem, act } = useAction();
  const [said, setSaid] = useState<string | undefined>(undefined);
  const submit = (event: Event): void => {
    const since = new Date(String(fieldsOf(event).fields.get("since"))).toISOString();
    void act(async () => {
      const path = `/developer/webhooks/${webhookId}/recover?environment=${environment}`;
      const { requeued } = await call<Recovered>(path, "POST", { since });
      setSaid(words.recovered(numberOf(requeued)));
      onChanged();
    });
  };
  return (
    <form class="stack" onSubmit={submit}>
      <Problem message={problem} />
      <Field label={words.recoverSince}>
        <input name="since" type="datetime-local" required />
      </Field>
      <button type="submit" class="button-quiet" disabled={busy}>
        {words.recover}
      </button>
      {said && <p role="status">{said}</p>}
    </form>
  );
};

/** The deliveries of a webhook, newest first. */
export const Deliveries = ({ webhookId, environment }: Place) => {
  const [limit, setLimit] = useState(PAGE_SIZE);
  const [looks, setLooks] = useState(0);
  const { value, problem, reload } = useLoaded(
    () =>
      call<Page<WebhookDelivery>>(
        `/developer/webhooks/${webhookId}/deliveries?limit=${limit}&environment=${environment}`,
      ),
    [limit],
  );
  const isMounted = useIsMounted();
  const isWaiting = value?.data.some(({ status }) => status === "pending") ?? false;
  useEffect(() => {
    if (!isWaiting || looks >= LOOKS) return undefined;
    const timer = setTimeout(
      () => void reload().then(() => isMounted() && setLooks(looks + 1)),
      LOOK_AGAIN_MS,
    );
    return () => clearTimeout(timer);
  }, [isWaiting, looks, limit]);
  const lookAgain = (): void => {
    setLooks(0);
    void reload();
  };
  return (
    <section class="stack">
      <div class="heading">
        <h3>{words.log}</h3>
        <button type="button" class="chip" onClick={lookAgain}>
          {words.refresh}
        </button>
      </div>
      <Problem message={problem} />
      {value?.total === 0 && <p class="muted">{words.nothing}</p>}
      <ul class="plain">
        {value?.data.map((delivery) => (
          <DeliveryRow
            key={delivery.id}
            delivery={delivery}
            environment={environment}
            onChanged={lookAgain}
          />
        ))}
      </ul>
      {value?.hasMore && limit < 100 && (
        <button type="button" class="button-quiet" onClick={() => setLimit(100)}>
          {words.more}
        </button>
      )}
      <Recover webhookId={webhookId} environment={environment} onChanged={lookAgain} />
    </section>
  );
};
