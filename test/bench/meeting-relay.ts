/** Baseline for a room: a relay in Node with `ws` that only forwards messages, in its own process like workerd. */
import { type Socket, WebSocketServer } from "./ws.ts";

const sockets = new Map<string, Socket>();
const server = new WebSocketServer({ host: "127.0.0.1", port: 0 });

server.on("connection", (socket, { url = "" }) => {
  const query = new URLSearchParams(url.slice(url.indexOf("?")));
  const peerId = query.get("peer_id") ?? "";
  const userId = Number(query.get("user_id"));
  sockets.get(peerId)?.close(4_409);
  sockets.set(peerId, socket);
  socket.on("message", (data) => {
    const message = JSON.parse(data.toString());
    if (message.type === "join") socket.send(JSON.stringify({ type: "joined", peers: [], chat: [] }));
    else sockets.get(message.to_peer_id)?.send(JSON.stringify({ ...message, user_id: userId }));
  });
});
server.on("listening", () => process.send?.(server.address().port));
// The parent process has ended.
process.on("disconnect", () => process.exit());
