import { describe, expect, it } from "vitest";
import { request, requestJson } from "../support/http.ts";

interface Operation {
  operationId: string;
  summary: string;
  description: string;
  tags: string[];
  security?: Record<string, unknown>[];
  responses: Record<string, { description: string; content?: Record<string, { schema: unknown }> }>;
}

interface Document {
  openapi: string;
  paths: Record<string, Record<string, Operation>>;
  components: { schemas: Record<string, unknown>; securitySchemes: Record<string, unknown> };
}

const { body: document } = await requestJson<Document>("/api-docs/musicqr.json");
const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, operation]) => ({
    name: `${method.toUpperCase()} ${path}`,
    operation,
  })),
);

describe("the OpenAPI document", () => {
  it("is version 3.1 and has every documented route", () => {
    expect(document.openapi).toBe("3.1.0");
    const names = operations.map(({ name }) => name);
    for (const name of [
      "GET /api/status",
      "GET /api/verify/{code}",
      "POST /api/sync-codes",
      "POST /api/codes/batch",
      "POST /admin/login",
      "GET /admin/api/codes",
    ]) {
      expect(names).toContain(name);
    }
  });

  it.each(operations.map(({ name, operation }) => [name, operation] as const))(
    "gives %s a summary, its answers and its errors",
    (_, operation) => {
      expect(operation.operationId).toMatch(/^[a-z][A-Za-z]+$/);
      expect(operation.summary.length).toBeGreaterThan(3);
      expect(operation.description.length).toBeGreaterThan(20);
      expect(operation.tags).toHaveLength(1);
      const statuses = Object.keys(operation.responses);
      expect(statuses.some((status) => status.startsWith("2"))).toBe(true);
      expect(statuses).toContain("500");
    },
  );

  it("names the security scheme of every operation that is not public", () => {
    for (const { name, operation } of operations) {
      if (/ \/admin\/api\//.test(name)) expect(operation.security).toEqual([{ MusicQRSession: [] }]);
      if (/sync-codes|batch/.test(name)) expect(operation.security).toEqual([{ MusicQRApiKey: [] }]);
    }
    expect(Object.keys(document.components.securitySchemes)).toEqual(["MusicQRApiKey", "MusicQRSession"]);
  });

  it("of the whole platform contains the product's operations", async () => {
    const { body } = await requestJson<Document>("/api-docs.json");
    expect(Object.keys(body.paths)).toEqual(expect.arrayContaining(Object.keys(document.paths)));
  });

  it("of an unknown product is 404", async () => {
    expect((await request("/api-docs/nothing.json")).status).toBe(404);
    expect((await request("/api-docs/musicqr")).status).toBe(404);
  });
});

describe("the API documents page", () => {
  it("loads Swagger UI only from our own assets", async () => {
    const response = await request("/api-docs");
    const html = await response.text();
    expect(response.headers.get("content-type")).toContain("text/html");
    expect(html).toContain("/swagger/swagger-ui-bundle.js");
    expect(html).toContain("/api-docs/musicqr.json");
    expect(html).not.toMatch(/(src|href)="(https?:)?\/\//);
  });
});
