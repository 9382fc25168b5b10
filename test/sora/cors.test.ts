import { describe, expect, it } from "vitest";
import { jsonBody, request } from "../support/http.ts";
import { as, newIdentity, newUser } from "../support/sora.ts";

const origin = "https://frontend.example";

describe("pages of another origin", () => {
  it("may call endpoints that take an access token", async () => {
    const preflight = await request("/api/videos/generate", {
      method: "OPTIONS",
      headers: {
        origin,
        "access-control-request-method": "POST",
        "access-control-request-headers": "authorization",
      },
    });
    expect(preflight.headers.get("access-control-allow-origin")).toBe("*");
    expect(preflight.headers.get("access-control-allow-headers")).toContain("Authorization");
    const user = await newUser();
    const answer = await request("/api/credits/balance", as(user, "GET", undefined, { origin }));
    expect(answer.headers.get("access-control-allow-origin")).toBe("*");
    expect(answer.headers.get("access-control-expose-headers")).toContain("X-RateLimit-Remaining");
    expect(answer.headers.get("access-control-allow-credentials")).toBeNull();
  });

  it("may not register or sign in, because those answers set the refresh cookie", async () => {
    const answer = await request("/api/auth/register", jsonBody(newIdentity(), { origin }));
    expect(answer.headers.get("access-control-allow-origin")).toBeNull();
  });
});
