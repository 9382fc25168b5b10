import { networkInterfaces } from "node:os";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import door from "../../scripts/lib/door-worker.js";
import { newCode } from "../../scripts/seed.ts";
import { startServer, type TestServer } from "../support/server.ts";

/**
 * Returns the client address that the Worker sees for a connection from `clientIp` with the header value `claimed`.
 */
const addressTold = async (clientIp: string, claimed?: string): Promise<string | null> => {
  const request = new Request("http://localhost/api/status");
  if (claimed !== undefined) request.headers.set("cf-connecting-ip", claimed);
  Object.defineProperty(request, "cf", { value: { clientIp } });
  let told: string | null = null;
  const fetch = (forwarded: Request) => {
    told = forwarded.headers.get("cf-connecting-ip");
    return new Response();
  };
  await door.fetch(request, { FILE_PATHS: [], FILES: { fetch }, WORKER: { fetch } });
  return told;
};

describe("the local door", () => {
  it.each([
    ["127.0.0.1:50000", "203.0.113.9", "203.0.113.9"],
    ["[::1]:50000", "203.0.113.9", "203.0.113.9"],
    ["[::ffff:127.0.0.1]:50000", "203.0.113.9", "203.0.113.9"],
    ["127.0.0.1:50000", undefined, "127.0.0.1"],
    ["192.168.1.7:50000", "203.0.113.9", "192.168.1.7"],
    ["192.168.1.7:50000", "127.0.0.1", "192.168.1.7"],
    ["192.168.1.7:50000", undefined, "192.168.1.7"],
    ["[::ffff:192.168.1.7]:50000", "203.0.113.9", "192.168.1.7"],
    ["[2001:db8::1270]:50000", "203.0.113.9", "2001:db8::1270"],
  ])("maps a connection from %s with the header value %s to the address %s", async (peer, claimed, told) => {
    expect(await addressTold(peer, claimed)).toBe(told);
  });
});

describe("a server that listens on every address", () => {
  let server: TestServer;
  const own = Object.values(networkInterfaces())
    .flatMap((addresses) => addresses ?? [])
    .find(({ family, internal }) => family === "IPv4" && !internal)?.address;

  beforeAll(async () => {
    server = await startServer({ env: { HOST: "0.0.0.0" }, vars: { VERIFY_INVALID_LIMIT: "3" } });
  });
  afterAll(() => server?.stop());

  /**
   * Counts how many of five unknown codes pass the rate limit when each request of the connection claims another
   * address.
   */
  const taken = async (host: string): Promise<number> => {
    let count = 0;
    for (let i = 0; i < 5; i++) {
      const headers = { "cf-connecting-ip": `198.51.100.${i}` };
      const answer = await fetch(`http://${host}:${server.port}/api/verify/${newCode()}`, {
        headers,
      });
      if (answer.status !== 429) count++;
    }
    return count;
  };

  it("trusts a claimed client address only on loopback", async () => {
    expect(await taken("127.0.0.1")).toBe(5);
    if (own !== undefined) expect(await taken(own)).toBe(3);
  });

  it("uses the requested address of the machine in answers", async () => {
    const issuerAt = async (host: string) => {
      const answer = await fetch(`http://${host}:${server.port}/.well-known/oauth-authorization-server`);
      return ((await answer.json()) as { issuer: string }).issuer;
    };
    expect(await issuerAt("127.0.0.1")).toBe(`http://127.0.0.1:${server.port}`);
    if (own !== undefined) expect(await issuerAt(own)).toBe(`http://${own}:${server.port}`);
  });
});
