export { type Delivery, type DeliveryWithBody, RECOVERED_AT_ONCE, WebhookDeliveries } from "./deliveries.ts";
export {
  type Endpoint,
  type EndpointOwner,
  type EndpointWithSecret,
  type NewEndpoint,
  WebhookEndpoints,
} from "./endpoints.ts";
export { EVENT_DATA, type EventData, EXAMPLES, type NewEvent } from "./events.ts";
export { APP_EVENT_TYPES, EVENT_TYPES, type EventType, MAX_ENDPOINTS } from "./facts.ts";
export { WebhookMaintenance } from "./maintenance.ts";
export { Outbox } from "./outbox.ts";
export { deliveryMessageSchema } from "./protocol.ts";
export { WebhookSender } from "./sender.ts";
