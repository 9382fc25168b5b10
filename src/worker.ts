import { handle } from "./app.ts";
import type { Env } from "./platform/bindings.ts";
import { consume } from "./queue.ts";
import { runScheduledJobs } from "./schedule.ts";

export * from "../durable/index.ts";

export default {
  fetch: handle,
  queue: consume,
  scheduled: (event, env, ctx) => runScheduledJobs(env, ctx, event.scheduledTime),
} satisfies ExportedHandler<Env>;
