import { describe, expect, it } from "vitest";
import { expectDocumented } from "../support/openapi.ts";

const balance = (body: unknown, status = 200) =>
  expectDocumented("GET", "/api/credits/balance", Response.json(body, { status }));

describe("checking answers against the OpenAPI document", () => {
  it("accepts a documented answer", async () => {
    await balance({ userId: "123e4567-e89b-12d3-a456-426614174000", balance: 50 });
  });

  it.each([
    ["a missing field", { balance: 50 }, 200],
    ["a field of another type", { userId: "123e4567-e89b-12d3-a456-426614174000", balance: "50" }, 200],
    ["an undocumented status", { balance: 50 }, 204],
    ["an error of another shape", { message: "no" }, 401],
  ])("detects %s", async (_, body, status) => {
    await expect(
      status === 204
        ? expectDocumented("GET", "/api/credits/balance", new Response(null, { status }))
        : balance(body, status),
    ).rejects.toThrow();
  });
});
