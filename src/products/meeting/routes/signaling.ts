import { newRouter } from "../../../http/validation.ts";
import { limitSocket } from "../limits.ts";

const NUMBER = /^-?\d{1,16}$/;

/** The socket of a meeting: its room looks at the triple that joining gave. No operation of OpenAPI, which knows no sockets. */
export const signaling = newRouter();

signaling.get("/ws/signaling", limitSocket, (c) => {
  if (c.req.header("upgrade")?.toLowerCase() !== "websocket")
    return c.text("this is a WebSocket", 426, { Upgrade: "websocket" });
  const { meeting_id = "", user_id = "", peer_id = "" } = c.req.query();
  if (!NUMBER.test(meeting_id) || !NUMBER.test(user_id) || peer_id === "")
    return c.text("meeting_id, user_id and peer_id are needed", 400);
  return c.get("services").roomOf(Number(meeting_id)).fetch(c.req.raw);
});
