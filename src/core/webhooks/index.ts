export * from "./deliveries.ts";
export * from "./endpoints.ts";
export {
  APP_EVENT_TYPES,
  EVENT_DATA,
  EVENT_TYPES,
  type EventData,
  type EventType,
  EXAMPLES,
  type NewEvent,
} from "./events.ts";
export * from "./maintenance.ts";
export { Outbox } from "./outbox.ts";
export * from "./protocol.ts";
export * from "./sender.ts";
