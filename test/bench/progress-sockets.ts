import { type Socket, WebSocket } from "./ws.ts";

let rounds = 0;

/**
 * Opens progress sockets of one account. Each call comes from a network of its own, because the Worker limits the
 * connections of a network in a minute.
 */
export const openProgressSockets = (origin: string, token: string, count: number): Promise<Socket[]> => {
  const headers = { "cf-connecting-ip": `192.0.2.${++rounds}` };
  return Promise.all(
    Array.from(
      { length: count },
      () =>
        new Promise<Socket>((resolve, reject) => {
          const url = `${origin.replace("http", "ws")}/ws?token=${token}`;
          const socket = new WebSocket(url, { headers, perMessageDeflate: false });
          socket.on("open", () => resolve(socket));
          socket.on("error", reject);
        }),
    ),
  );
};
