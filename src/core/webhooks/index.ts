export * from "./deliveries.ts";
export * from "./endpoints.ts";
export { EVENT_DATA, type EventData, EXAMPLES, type NewEvent } from "./events.ts";
export * from "./facts.ts";
export * from "./maintenance.ts";
export { Outbox } from "./outbox.ts";
export * from "./protocol.ts";
export * from "./sender.ts";
