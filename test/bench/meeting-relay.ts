/** What a room is measured beside, a process of its own as workerd is: Node and `ws`, nothing but the passing on. */
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
// Whoever started it is gone.
process.on("disconnect", () => process.exit());
