import { sql } from "drizzle-orm";
import { type Clock, DAY_MS, MINUTE_MS } from "../../lib/clock.ts";
import type { Database } from "../../platform/db/client.ts";
import { users } from "../../platform/db/schema/identity.ts";
import { webhookDeliveries, webhookEndpoints, webhookEvents } from "../../platform/db/schema/webhooks.ts";
import { transaction } from "../../platform/db/transaction.ts";
import type { MailText } from "../identity/index.ts";
import { type DisabledReason, disabledMail } from "./disabled-mail.ts";

/** How long a due delivery waits for its own queue message before the sweep sends another one. */
const GRACE_MS = MINUTE_MS;
/** The most deliveries one run sends messages for. The next run follows a minute later. */
const SWEPT_A_RUN = 5_000;
/** How long events and their log are kept. */
const KEPT_MS = 30 * DAY_MS;
const PRUNED_A_RUN = 1_000;
const MAILS_A_RUN = 50;
/** How long a mail that cannot be sent is retried. */
const MAIL_TRIED_MS = DAY_MS;

export interface WebhookMaintenanceDependencies {
  readonly db: Database;
  readonly clock: Clock;
  /** Sends queue messages that make a consumer look at these deliveries. */
  readonly wake: (deliveryIds: readonly string[]) => Promise<void>;
  readonly sendMail: (mail: MailText & { readonly to: string }) => Promise<void>;
  readonly report: (event: string, fields: Record<string, string | number>) => void;
}

interface Unnotified {
  readonly id: string;
  readonly url: string;
  readonly reason: DisabledReason;
  readonly email: string | null;
  readonly username: string;
}

/** The maintenance jobs of webhooks, which the cron runs every minute. */
export class WebhookMaintenance {
  constructor(private readonly deps: WebhookMaintenanceDependencies) {}

  /**
   * Sends messages for overdue deliveries: after a lost message, a crash, or a wait too long for a delayed message.
   */
  async sweep(): Promise<void> {
    const [due] = await transaction(this.deps.db, [
      sql`SELECT id FROM ${webhookDeliveries} WHERE status = 'pending' AND next_at <= ${this.deps.clock() - GRACE_MS}
        ORDER BY next_at LIMIT ${SWEPT_A_RUN}`,
    ]);
    const ids = ((due?.results ?? []) as { id: string }[]).map(({ id }) => id);
    if (ids.length > 0) await this.deps.wake(ids);
  }

  /**
   * Mails the owners of endpoints that the platform disabled. Retries a failed mail; after a crash one may come
   * twice.
   */
  async mailOwners(): Promise<void> {
    const { db, clock, sendMail, report } = this.deps;
    const now = clock();
    const [unnotified] = await transaction(db, [
      sql`SELECT e.id, e.url, e.disabled_reason AS reason, u.email, ifnull(u.display_name, u.username) AS username
        FROM ${webhookEndpoints} AS e JOIN ${users} AS u ON u.id = e.user_id
        WHERE e.disabled_reason IN ('gone', 'failing') AND e.owner_told_at IS NULL
          AND e.updated_at > ${now - MAIL_TRIED_MS} LIMIT ${MAILS_A_RUN}`,
    ]);
    for (const { id, url, reason, email, username } of (unnotified?.results ??
      []) as unknown as Unnotified[]) {
      try {
        // Only the administrator account that is created from the settings has no mail address.
        if (email !== null) await sendMail({ to: email, ...disabledMail(reason, { id, url, username }) });
        await transaction(db, [
          sql`UPDATE ${webhookEndpoints} SET owner_told_at = ${now} WHERE id = ${id} AND disabled_reason = ${reason}`,
        ]);
      } catch (error) {
        report("webhooks.mail_failed", { endpoint: id, detail: String(error) });
      }
    }
  }

  /** Deletes events older than KEPT_MS with their log, except those with pending deliveries. */
  async prune(): Promise<void> {
    await transaction(this.deps.db, [
      sql`DELETE FROM ${webhookEvents} WHERE id IN (SELECT v.id FROM ${webhookEvents} AS v
        WHERE v.created_at < ${this.deps.clock() - KEPT_MS} AND NOT EXISTS (
          SELECT 1 FROM ${webhookDeliveries} AS d WHERE d.event_id = v.id AND d.status = 'pending')
        ORDER BY v.created_at LIMIT ${PRUNED_A_RUN})`,
    ]);
  }
}
