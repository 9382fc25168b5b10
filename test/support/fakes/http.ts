/** Small HTTP servers in Node that speak the documented wire format of an external service. */
import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";

export interface FakeRequest {
  readonly method: string;
  readonly url: URL;
  readonly headers: IncomingMessage["headers"];
  readonly body: string;
}

export interface FakeAnswer {
  readonly status?: number;
  readonly headers?: Record<string, string>;
  /** An object is sent as JSON. */
  readonly body?: string | Buffer | object;
}

export type FakeHandler = (
  request: FakeRequest,
  raw: { readonly request: IncomingMessage; readonly response: ServerResponse },
) => FakeAnswer | undefined | Promise<FakeAnswer | undefined>;

export interface Fake {
  readonly origin: string;
  readonly stop: () => void;
}

/**
 * Serves on a free port of loopback. A handler that returns undefined has written the answer itself, or never
 * answers.
 */
export const serveFake = async (handler: FakeHandler): Promise<Fake> => {
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const asked: FakeRequest = {
      method: request.method ?? "GET",
      url: new URL(request.url ?? "/", `http://${request.headers.host}`),
      headers: request.headers,
      body: Buffer.concat(chunks).toString("utf8"),
    };
    try {
      const answer = await handler(asked, { request, response });
      if (!answer) return;
      const { status = 200, headers = {}, body = "" } = answer;
      const isJson = typeof body === "object" && !Buffer.isBuffer(body);
      response.writeHead(status, { ...(isJson ? { "content-type": "application/json" } : {}), ...headers });
      response.end(isJson ? JSON.stringify(body) : body);
    } catch (error) {
      // The error of a request that the fake does not accept reaches the test as the answer.
      response.writeHead(418, { "content-type": "text/plain" });
      response.end(String(error));
    }
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  server.unref();
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("the fake has no port");
  return { origin: `http://127.0.0.1:${address.port}`, stop: () => server.closeAllConnections() };
};
