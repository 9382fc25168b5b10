import { newRouter } from "../../../http/validation.ts";
import { limitSocket } from "../limits.ts";

const NUMBER = /^-?\d{1,16}$/;

/**
 * The signaling socket of a meeting. The meeting's room verifies the three values that joining returned. The route is
 * not in the OpenAPI document, because OpenAPI does not describe WebSockets.
 */
export const signaling = newRouter();

signaling.get("/ws/signaling", limitSocket, (c) => {
  if (c.req.header("upgrade")?.toLowerCase() !== "websocket")
    return c.text("This endpoint accepts only WebSocket connections", 426, { Upgrade: "websocket" });
  const { meeting_id = "", user_id = "", peer_id = "" } = c.req.query();
  if (!NUMBER.test(meeting_id) || !NUMBER.test(user_id) || peer_id === "")
    return c.text("meeting_id, user_id and peer_id are required; meeting_id and user_id are integers", 400);
  return c.get("services").rooms.of(Number(meeting_id)).fetch(c.req.raw);
});
