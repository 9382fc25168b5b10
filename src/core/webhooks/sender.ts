import { type Clock, HOUR_MS, SECOND_MS } from "../../lib/clock.ts";
import { isLoopbackHost, publicUrl } from "../../lib/public-url.ts";
import type { Database } from "../../platform/db/client.ts";
import type { Encrypted, KeyVault } from "../secrets/index.ts";
import { GroupWriter } from "./group-writer.ts";
import { type AttemptOutcome, isDelivered, notSent, post } from "./post.ts";
import { retryDelay } from "./schedule.ts";
import { signatureHeaders } from "./secrets.ts";
import { type AttemptResult, type Claimed, claim, postpone, recordResults } from "./transitions.ts";

/** The time limit of an attempt, including connecting, the response and reading its excerpt. */
const TIMEOUT_MS = 10 * SECOND_MS;
/** How long deliveries of a slow endpoint are postponed, before jitter of up to the same time. */
const PUT_OFF_MS = 20 * SECOND_MS;
/**
 * For longer waits no delayed message is sent: a queue may keep messages for a day only, so the webhook sweep takes
 * over.
 */
const LONGEST_MESSAGE_MS = 12 * HOUR_MS;

export interface WebhookSenderDependencies {
  readonly db: Database;
  readonly clock: Clock;
  readonly vault: KeyVault;
  /** Whether loopback URLs are allowed: in development only. */
  readonly loopback: boolean;
  /** Returns a number from 0 to 1, for jitter. */
  readonly random: () => number;
  /** Sends queue messages that make a consumer look at these deliveries. */
  readonly wake: (deliveryIds: readonly string[], delaySeconds: number) => Promise<void>;
  readonly report: (event: string, fields: Record<string, string | number>) => void;
  /** Default: 10 s. */
  readonly timeoutMs?: number;
}

/** Returns the vault owner to which the encrypted secrets of an endpoint are bound. */
export const vaultOwnerOf = (endpointId: string): string => `webhook:${endpointId}`;

/**
 * Sends deliveries. The row is authoritative: it is claimed before anything is sent. If a consumer crashes, the
 * webhook sweep finds its deliveries after the lease has expired. A receiver may therefore get an event twice, with
 * the same `webhook-id`.
 */
export class WebhookSender {
  constructor(private readonly deps: WebhookSenderDependencies) {}

  /** Claims those of these deliveries that are due. Leaves out settled ones and those that another consumer holds. */
  async claim(deliveryIds: readonly string[]): Promise<readonly Claimed[]> {
    const now = this.deps.clock();
    const claimed = await claim(this.deps.db, deliveryIds, now);
    const mine = new Set(claimed.map(({ id }) => id));
    const left = deliveryIds.filter((id) => !mine.has(id));
    if (left.length > 0) {
      const putOffMs = Math.round(PUT_OFF_MS * (1 + this.deps.random()));
      const later = await postpone(this.deps.db, left, putOffMs, now);
      if (later.length > 0) await this.wake(later, putOffMs);
    }
    return claimed;
  }

  /** Makes one attempt for each delivery, concurrently, and records the results. */
  async send(claimed: readonly Claimed[]): Promise<void> {
    const restarted: string[] = [];
    const log = new GroupWriter<AttemptResult>(async (results) => {
      restarted.push(...(await recordResults(this.deps.db, results)));
    });
    await Promise.all(
      claimed.map(async (one) => {
        const outcome = await this.attempt(one);
        const wait = this.waitAfter(one, outcome);
        const at = this.deps.clock();
        await log.add({ claimed: one, outcome, nextAt: wait === undefined ? undefined : at + wait, at });
        if (wait !== undefined && wait <= LONGEST_MESSAGE_MS) await this.wake([one.id], wait);
      }),
    );
    // Not while results are written: a slow queue would hold up the other results of the batch.
    if (restarted.length > 0) await this.wake(restarted, 0);
  }

  /** Returns the wait before the next attempt, ms; undefined if there is none. A 410 ends the attempts. */
  private waitAfter({ attempts }: Claimed, outcome: AttemptOutcome): number | undefined {
    if (isDelivered(outcome) || outcome.status === 410) return undefined;
    return retryDelay(attempts, this.deps.random(), outcome.retryAfterMs);
  }

  private async attempt(claimed: Claimed): Promise<AttemptOutcome> {
    const { clock, loopback, timeoutMs = TIMEOUT_MS } = this.deps;
    // Checked again: an address that was accepted when it was saved may be refused by now.
    const url = publicUrl(claimed.url, { loopback });
    if (!url) return notSent("address_refused");
    const { eventId: id, body, attempts: attempt } = claimed;
    const at = clock();
    const secrets = await this.secretsOf(claimed, at);
    if (!secrets) return notSent("secret_unreadable");
    const headers = {
      "content-type": "application/json",
      "user-agent": "Loopspace-Webhooks/1.0",
      ...signatureHeaders({ id, body, at, attempt, secrets }),
    };
    // In development an account may name any service on this machine, but it must not be able to read its responses.
    return post(claimed.url, headers, body, { timeoutMs, keepsAnswer: !isLoopbackHost(url.hostname) });
  }

  /** Returns the valid secrets, the current one first; undefined if the current one cannot be decrypted. */
  private async secretsOf(claimed: Claimed, now: number): Promise<[string, ...string[]] | undefined> {
    const open = (sealed: Encrypted) => this.deps.vault.decrypt(vaultOwnerOf(claimed.endpointId), sealed);
    const current = await open({ cipher: claimed.secretCipher, keyId: claimed.secretKeyId });
    if (current === undefined) {
      this.deps.report("webhooks.secret_unreadable", { endpoint: claimed.endpointId });
      return undefined;
    }
    const { previousCipher: cipher, previousKeyId: keyId, previousUntil } = claimed;
    if (cipher === null || keyId === null || (previousUntil ?? 0) <= now) return [current];
    const previous = await open({ cipher, keyId });
    return previous === undefined ? [current] : [current, previous];
  }

  private async wake(ids: readonly string[], waitMs: number): Promise<void> {
    try {
      await this.deps.wake(ids, Math.ceil(waitMs / SECOND_MS));
    } catch (error) {
      // The rows say when they are due, so the webhook sweep sends the messages later.
      this.deps.report("webhooks.wake_failed", { deliveries: ids.length, detail: String(error) });
    }
  }
}
