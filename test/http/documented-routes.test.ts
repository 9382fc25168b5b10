import type { Hono } from "hono";
import { describe, expect, it } from "vitest";
import type { AppEnv } from "../../src/http/context.ts";
import { PRODUCTS } from "../../src/products.ts";
import { mediaRoutes } from "../../src/site/media.ts";
import { paymentRoutes } from "../../src/site/payments.tsx";
import { landing, siteRoutes } from "../../src/site/routes.tsx";
import { requestJson } from "../support/http.ts";

interface Document {
  readonly paths: Readonly<Record<string, Readonly<Record<string, object>>>>;
  readonly tags?: readonly { readonly name: string }[];
  readonly components: { readonly schemas: Readonly<Record<string, object>> };
}

const { body: document } = await requestJson<Document>("/api-docs.json");

/** Routes that the documents omit on purpose; the key is the reason. */
const UNDOCUMENTED: Readonly<Record<string, RegExp>> = {
  "pages for people, with their forms":
    /^(GET|POST) \/(admin(\/|$)(?!api\/)|verify|studio|meeting|loopspace|share\/|reset-password|confirm-email|$)/,
  "the form of the consent page": /^POST \/api\/oauth\/authorize$/,
  "the API documents and health": /^GET \/(api-docs|health)/,
  "media files behind signed URLs from answers": /^GET \/media\//,
  "notifications of payment gateways, in the formats that the gateways define": /^POST \/payments\//,
  "the page to which a gateway returns the payer": /^GET \/payments\/return$/,
  "WebSockets, described in the text of their products": /^GET \/((api\/v1\/)?ws|ws\/signaling)$/,
  "the method override of tus": /^POST \/api\/v1\/(media|audio)\/uploads\/\{id\}$/,
};

const routesOf = (app: Hono<AppEnv>): string[] =>
  app.routes
    // Omits middleware, preflights and handlers of all paths below a prefix.
    .filter(({ method, path }) => !["ALL", "OPTIONS"].includes(method) && !path.endsWith("*"))
    .map(({ method, path }) => `${method} ${path.replace(/:(\w+)(\{[^/]*\})?\??/g, "{$1}")}`);

const routes = [
  ...new Set(
    [
      ...PRODUCTS.map(({ router }) => router),
      siteRoutes(PRODUCTS),
      mediaRoutes(),
      paymentRoutes(),
      landing(PRODUCTS),
    ].flatMap(routesOf),
  ),
];

/** Whether the document has the operation, with any names of the path parameters. */
const isDocumented = (route: string): boolean => {
  const [method = "", path = ""] = route.split(" ");
  const template = (text: string) => text.replace(/\{[^}]+\}/g, "{}");
  const methods = method === "GET" ? ["get", "head"] : [method.toLowerCase()];
  return Object.entries(document.paths).some(
    ([known, operations]) => template(known) === template(path) && methods.some((m) => m in operations),
  );
};

describe("the document of the platform", () => {
  it("describes every route except those omitted on purpose", () => {
    expect(routes.length).toBeGreaterThan(200);
    const forgotten = routes.filter(
      (route) => !isDocumented(route) && !Object.values(UNDOCUMENTED).some((left) => left.test(route)),
    );
    expect(forgotten).toEqual([]);
  });

  it.each(Object.entries(UNDOCUMENTED))("omits only existing routes: %s", (_, left) => {
    expect(routes.some((route) => left.test(route) && !isDocumented(route))).toBe(true);
  });
});

describe("the documents", () => {
  const names = PRODUCTS.map(({ name }) => `/api-docs/${name}.json`);

  it.each([...names, "/api-docs.json"])(
    "contain valid patterns without regular expression flags: %s",
    async (path) => {
      const { body } = await requestJson<Document>(path);
      const patterns: string[] = [];
      JSON.stringify(body, (key, value) => {
        if (key === "pattern" && typeof value === "string") patterns.push(value);
        return value;
      });
      expect(patterns.filter((pattern) => /\/[a-z]*$/.test(pattern))).toEqual([]);
      for (const pattern of patterns) expect(() => new RegExp(pattern, "u")).not.toThrow();
    },
  );

  it.each([...names, "/api-docs.json"])("define every used tag once: %s", async (path) => {
    const { body } = await requestJson<Document>(path);
    const defined = body.tags?.map(({ name }) => name) ?? [];
    const used = Object.values(body.paths).flatMap((methods) =>
      Object.values(methods).flatMap((operation) => Reflect.get(operation, "tags") as string[]),
    );
    expect(new Set(defined).size).toBe(defined.length);
    expect(defined.length).toBeGreaterThan(0);
    expect(defined).toEqual(expect.arrayContaining([...new Set(used)]));
  });

  it("give code generators no two enumerations with the same name", () => {
    const pascal = (text: string) => text.charAt(0).toUpperCase() + text.slice(1);
    const isInline = (schema: object) => "enum" in schema;
    const named = Object.entries(document.components.schemas).flatMap(([name, schema]) =>
      Object.entries((Reflect.get(schema, "properties") ?? {}) as Record<string, object>).flatMap(
        ([field, property]) => (isInline(property) ? `${name}${pascal(field)}` : []),
      ),
    );
    const asked = Object.values(document.paths).flatMap((methods) =>
      Object.values(methods).flatMap((operation) => {
        const parameters = (Reflect.get(operation, "parameters") ?? []) as { name: string; schema: object }[];
        const id = pascal(String(Reflect.get(operation, "operationId")));
        return parameters.flatMap(({ name, schema }) => (isInline(schema) ? `${id}${pascal(name)}` : []));
      }),
    );
    const all = [...named, ...asked, ...Object.keys(document.components.schemas)];
    expect(asked.length).toBeGreaterThan(0);
    expect(all.filter((name, i) => all.indexOf(name) !== i)).toEqual([]);
  });
});
