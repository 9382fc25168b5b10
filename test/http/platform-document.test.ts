import { describe, expect, it } from "vitest";
import { PRODUCTS } from "../../src/products.ts";
import { requestJson } from "../support/http.ts";

interface Schema {
  readonly $ref?: string;
  readonly type?: string | string[];
  readonly format?: string;
  readonly anyOf?: readonly Schema[];
  readonly required?: readonly string[];
  readonly properties?: Readonly<Record<string, Schema>>;
}
interface Media {
  readonly schema: Schema;
  readonly example?: unknown;
  readonly examples?: Readonly<Record<string, { readonly value: unknown }>>;
}
type Content = Readonly<Record<string, Media>>;
interface Operation {
  readonly operationId: string;
  readonly description?: string;
  readonly security?: readonly object[];
  readonly requestBody?: { readonly content: Content };
  readonly responses: Readonly<Record<string, { readonly content?: Content }>>;
}
interface Document {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly webhooks?: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: {
    readonly schemas: Readonly<Record<string, Schema>>;
    readonly securitySchemes: Readonly<Record<string, object>>;
  };
}

const products = await Promise.all(
  PRODUCTS.map(async ({ name }) => ({
    name,
    document: (await requestJson<Document>(`/api-docs/${name}.json`)).body,
  })),
);
const { body: whole } = await requestJson<Document>("/api-docs.json");
const operationsOf = (document: Document) =>
  Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({
      where: `${method} ${path}`,
      operation,
      document,
    })),
  );
const operations = products.flatMap(({ document }) => operationsOf(document));

/** Resolves a `$ref` to its schema. */
const resolved = (schema: Schema | undefined, { components }: Document): Schema | undefined =>
  schema?.$ref === undefined ? schema : components.schemas[schema.$ref.replace("#/components/schemas/", "")];

describe("the documents of all products", () => {
  it("require the file of every upload form", () => {
    const forms = operations.flatMap(({ where, operation, document }) => {
      const schema = resolved(operation.requestBody?.content["multipart/form-data"]?.schema, document);
      const files = Object.entries(schema?.properties ?? {}).filter(([, { format }]) => format === "binary");
      return schema && files.length > 0 ? [{ where, files: files.map(([name]) => name), schema }] : [];
    });
    expect(forms).toHaveLength(8);
    for (const { where, files, schema } of forms) {
      const missing = files.filter((name) => name !== "thumbnail" && !schema.required?.includes(name));
      expect([where, missing]).toEqual([where, []]);
    }
  });

  it("give an example of every JSON body that needs no existing id", () => {
    const bodies = operations.flatMap(({ where, operation }) => {
      const json = where.includes("{") ? undefined : operation.requestBody?.content["application/json"];
      return json ? [{ where, json }] : [];
    });
    expect(bodies.length).toBeGreaterThan(30);
    expect(bodies.filter(({ json }) => json.example === undefined).map(({ where }) => where)).toEqual([]);
  });

  it("document 415 for an upload that begins with a chunk of another type", () => {
    const begun = operations.filter(({ operation }) => /CreateUpload$/.test(operation.operationId));
    expect(begun).toHaveLength(2);
    for (const { operation } of begun) expect(Object.keys(operation.responses)).toContain("415");
  });

  it("document client authentication at the token, revocation and introspection endpoints", () => {
    for (const path of ["token", "revoke", "introspect"]) {
      const asked = operations.find(({ where }) => where === `post /api/oauth/${path}`);
      expect(asked?.operation.security).toEqual([{ OAuthClientBasic: [] }, {}]);
    }
    const loopspace = products.find(({ name }) => name === "loopspace")?.document;
    expect(loopspace?.components.securitySchemes.OAuthClientBasic).toMatchObject({
      type: "http",
      scheme: "basic",
    });
  });

  it("document that an event may be an example", () => {
    const events = Object.values(products.find(({ name }) => name === "loopspace")?.document.webhooks ?? {});
    expect(events).toHaveLength(7);
    for (const { post } of events) {
      const schema = post?.requestBody?.content["application/json"]?.schema;
      expect(schema?.properties).toHaveProperty("example");
      expect(schema?.required).not.toContain("example");
    }
  });
});

describe("the document of the whole platform", () => {
  const all = operationsOf(whole);
  const twice = ["register", "login"].map(
    (what) => all.find(({ where }) => where === `post /api/v1/auth/${what}`)?.operation as Operation,
  );

  it("has every operation of every product, also for paths of two products", () => {
    const named = all.map(({ operation }) => `${operation.operationId} ${operation.description}`).join("\n");
    for (const { operation } of operations) expect(named).toContain(operation.operationId);
    const ids = all.map(({ operation }) => operation.operationId);
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids).toEqual(
      expect.arrayContaining(["studioRegisterOrMeetingRegister", "studioLoginOrMeetingLogin"]),
    );
  });

  it("accepts the bodies and documents the answers of both products there, and explains the difference", () => {
    for (const { requestBody, responses, description } of twice) {
      expect(requestBody?.content["application/json"]?.schema.anyOf).toHaveLength(2);
      expect(responses["400"]?.content?.["application/json"]?.schema.anyOf).toHaveLength(2);
      for (const word of ["Studio", "Meeting", "the request body decides"])
        expect(description).toContain(word);
    }
    const [register, login] = twice.map(({ responses }) => Object.keys(responses));
    expect(register).toEqual(expect.arrayContaining(["201", "400", "409", "413", "429", "500"]));
    expect(login).toEqual(expect.arrayContaining(["200", "400", "401", "413", "429", "500"]));
  });

  it("has the examples of both bodies under the names of their operations", () => {
    for (const [i, what] of ["Register", "Login"].entries()) {
      const { example, examples = {} } = twice[i]?.requestBody?.content["application/json"] ?? {};
      expect(example).toBeUndefined();
      expect(Object.keys(examples)).toEqual([`studio${what}`, `meeting${what}`]);
      expect(examples[`meeting${what}`]?.value).toMatchObject({ username: "zhangsan" });
    }
  });

  it("copies everything else from the products' documents unchanged", () => {
    for (const { where, operation } of operations) {
      if (/ \/api\/v1\/auth\/(register|login)$/.test(where)) continue;
      expect(all.find((one) => one.where === where)?.operation).toEqual(operation);
    }
    for (const { document } of products) {
      for (const kind of ["schemas", "securitySchemes"] as const)
        expect(whole.components[kind]).toMatchObject(document.components[kind] ?? {});
      expect(whole.webhooks).toMatchObject(document.webhooks ?? {});
    }
    const templates = Object.keys(whole.paths).map((path) => path.replace(/\{[^}]+\}/g, "{}"));
    expect(new Set(templates).size).toBe(templates.length);
  });
});
