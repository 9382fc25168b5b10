import type { QueueConsumer } from "../../http/product.ts";
import type { Services } from "../../http/services.ts";
import { errorFields, log } from "../../platform/logger.ts";
import { parseMessages } from "../../platform/queues.ts";
import { audioMessageSchema, audioRetryMs } from "./domain/index.ts";

/** Handles tracks one after another, because a track may have a hundred megabytes. */
export const consumeTracks =
  (step: (services: Services, id: string) => Promise<void>): QueueConsumer =>
  async (batch, createServices) => {
    for (const { message, body } of parseMessages(batch, audioMessageSchema)) {
      try {
        await step(createServices(), body.id);
        message.ack();
      } catch (error) {
        log("error", "audio.step_failed", { track: body.id, ...errorFields(error) });
        message.retry({ delaySeconds: audioRetryMs(message.attempts) / 1_000 });
      }
    }
  };
