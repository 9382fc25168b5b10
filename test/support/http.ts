import { exports } from "cloudflare:workers";
import { expectDocumented } from "./openapi.ts";

export const ORIGIN = "http://localhost";

let addresses = 0;
/**
 * Returns an IP address that no other test uses, so that the rate limits and locks of one test do not affect another.
 */
export const newAddress = (): string => {
  addresses++;
  return `198.51.${addresses >> 8}.${addresses & 255}`;
};

/**
 * Sends a request to the platform and checks the answer against its OpenAPI document. A request without an IP address
 * of its own gets a fresh one.
 */
export const request = async (path: string, init: RequestInit = {}): Promise<Response> => {
  const headers = new Headers(init.headers);
  if (!headers.has("cf-connecting-ip")) headers.set("cf-connecting-ip", newAddress());
  const url = path.startsWith("http") ? path : ORIGIN + path;
  const request = new Request(url, { redirect: "manual", ...init, headers });
  const response = await exports.default.fetch(request);
  const isJson = response.headers.get("content-type")?.startsWith("application/json");
  if (isJson) await expectDocumented(request.method, new URL(url).pathname, response.clone());
  return response;
};

export const requestJson = async <T = Record<string, unknown>>(
  path: string,
  init?: RequestInit,
): Promise<{ status: number; body: T; headers: Headers }> => {
  const response = await request(path, init);
  return { status: response.status, body: (await response.json()) as T, headers: response.headers };
};

export const jsonBody = (
  body: unknown,
  headers: Record<string, string> = {},
  method = "POST",
): RequestInit => ({
  method,
  headers: { "content-type": "application/json", ...headers },
  body: JSON.stringify(body),
});

/** Polls until `probe` returns a value, for effects that follow after the answer. */
export const eventually = async <T>(
  probe: () => Promise<T | undefined | false>,
  withinMs = 50_000,
): Promise<T> => {
  const end = Date.now() + withinMs;
  for (;;) {
    const found = await probe();
    if (found) return found;
    if (Date.now() > end) throw new Error("did not happen in time");
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
};
