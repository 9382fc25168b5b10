import { env } from "cloudflare:workers";
import { KeyVault } from "../../src/core/secrets/index.ts";
import {
  type EndpointOwner,
  type EndpointWithSecret,
  type EventData,
  type NewEndpoint,
  type NewEvent,
  Outbox,
  WebhookDeliveries,
  WebhookEndpoints,
  WebhookMaintenance,
  WebhookSender,
} from "../../src/core/webhooks/index.ts";
import { primary } from "../../src/platform/db/client.ts";
import { newMeter } from "../../src/platform/meter.ts";
import type { Fakes } from "./fakes/index.ts";
import type { Received, ReceiverAnswer } from "./fakes/webhook-receiver.ts";
import { eventually, requestJson } from "./http.ts";
import { as, type SoraUser } from "./sora.ts";

const { receiver } = JSON.parse(env.FAKES) as Fakes;

export const db = primary(env.DB, newMeter());

/** Returns a webhook receiver of its own. */
export const newReceiver = () => {
  const name = crypto.randomUUID();
  const received = async () =>
    (await (await fetch(`${receiver.origin}/__received/${name}`)).json()) as Received[];
  return {
    url: `${receiver.origin}/hooks/${name}`,
    received,
    /** The parsed events that it received. */
    events: async () =>
      (await received()).map(({ body }) => JSON.parse(body) as { id: string; type: string }),
    /** Sets its answers, one per request; the last one is repeated. */
    answers: async (...answers: ReceiverAnswer[]) => {
      await fetch(`${receiver.origin}/__answers/${name}`, { method: "POST", body: JSON.stringify(answers) });
    },
  };
};

let accounts = 0;
/** Creates an account that has only a name and an email address. */
export const newOwner = async (environment: EndpointOwner["environment"] = "live") => {
  const username = `hook${crypto.randomUUID().slice(0, 8)}${accounts++}`;
  const email = `${username}@example.com`;
  const row = await env.DB.prepare(
    "INSERT INTO users (uuid, username, email, role, created_at) VALUES (?1, ?2, ?3, 'USER', 0) RETURNING id",
  )
    .bind(crypto.randomUUID(), username, email)
    .first<{ id: number }>();
  return { userId: row?.id ?? 0, environment, clientId: null, username, email };
};

interface Options {
  readonly loopback?: boolean;
  readonly timeoutMs?: number;
  /** Whether sending a message to the queue fails. */
  readonly isQueueDown?: boolean;
}

/**
 * Returns the webhook services with a fixed clock and without random jitter; queue messages and mails go to lists.
 */
export const newWebhooks = ({ loopback = true, timeoutMs = 2_000, isQueueDown = false }: Options = {}) => {
  const state = {
    now: Date.parse("2026-11-21T08:00:00Z"),
    wakes: [] as { id: string; delaySeconds: number }[],
    mails: [] as { to: string; subject: string; text: string; html: string }[],
    reports: [] as string[],
  };
  const clock = () => state.now;
  const vault = new KeyVault(env.CONFIG_KEY ?? "", undefined);
  const woken = (ids: readonly string[], delaySeconds = 0) =>
    void state.wakes.push(...ids.map((id) => ({ id, delaySeconds })));
  const wake = async (ids: readonly string[], delaySeconds?: number) => {
    if (isQueueDown) throw new Error("the queue is down");
    woken(ids, delaySeconds);
  };
  const report = (event: string) => void state.reports.push(event);
  const sender = new WebhookSender({
    db,
    clock,
    vault,
    loopback,
    timeoutMs,
    random: () => 0,
    wake,
    report,
  });
  const upkeep = new WebhookMaintenance({
    db,
    clock,
    wake,
    report,
    sendMail: async (mail) => void state.mails.push(mail),
  });
  return {
    state,
    sender,
    upkeep,
    outbox: new Outbox(db, woken),
    endpoints: new WebhookEndpoints(db, vault, loopback, clock),
    deliveries: new WebhookDeliveries(db, clock, woken),
    /** Claims and sends deliveries as the queue consumer does. */
    consume: async (ids: readonly string[]) => {
      const claimed = await sender.claim(ids);
      await sender.send(claimed);
      return claimed.length;
    },
  };
};

export type Webhooks = ReturnType<typeof newWebhooks>;

export const createEndpoint = async (
  { endpoints }: Webhooks,
  owner: EndpointOwner,
  wanted: Partial<NewEndpoint> & Pick<NewEndpoint, "url">,
): Promise<EndpointWithSecret> => {
  const created = await endpoints.create(owner, { events: ["user.followed"], ...wanted });
  if (!created.ok) throw new Error(JSON.stringify(created.error));
  return created.value;
};

export const followedEvent = (
  owner: EndpointOwner,
  at: number,
  data?: EventData<"user.followed">,
): NewEvent => ({
  type: "user.followed",
  userId: owner.userId,
  environment: owner.environment,
  at,
  data: data ?? {
    follower: { id: "user_1", username: "fan", name: "一位听众" },
    followee: { id: "user_2" },
  },
});

/** Creates an endpoint and an event for it, and returns the delivery that is due. */
export const newDelivery = async (webhooks: Webhooks, url: string) => {
  const owner = await newOwner();
  const endpoint = await createEndpoint(webhooks, owner, { url });
  webhooks.state.wakes.length = 0;
  await webhooks.outbox.run([followedEvent(owner, webhooks.state.now)], []);
  const id = webhooks.state.wakes.splice(0)[0]?.id ?? "";
  const look = async () => {
    const found = await webhooks.deliveries.find(owner, id);
    if (!found.ok) throw new Error(found.error.code);
    return found.value;
  };
  const endpointNow = async () => {
    const found = await webhooks.endpoints.find(owner, endpoint.id);
    if (!found.ok) throw new Error(found.error.code);
    return found.value;
  };
  return { id, owner, endpoint, look, endpointNow };
};

/** A webhook as the API shows it to its owner. */
export interface WebhookWire {
  readonly id: string;
  readonly secret: string;
  readonly url: string;
  readonly enabled: boolean;
  readonly environment: string;
}

/** Creates a webhook through the API. */
export const newWebhook = async (
  user: Pick<SoraUser, "token">,
  url: string,
  events: readonly string[],
  more: object = {},
): Promise<WebhookWire> => {
  const wanted = as(user, "POST", { url, events, ...more });
  const { status, body } = await requestJson<WebhookWire>("/api/v1/developer/webhooks", wanted);
  if (status !== 201) throw new Error(`webhooks answered ${status}: ${JSON.stringify(body)}`);
  return body;
};

/** Waits until the receiver has at least `count` events and returns them. */
export const receivedEvents = (box: ReturnType<typeof newReceiver>, count = 1) =>
  eventually(async () => {
    const events = await box.events();
    return events.length >= count && events;
  });
