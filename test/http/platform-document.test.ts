import { describe, expect, it } from "vitest";
import { askJson } from "../support/http.ts";

interface Schema {
  readonly $ref?: string;
  readonly type?: string | string[];
  readonly format?: string;
  readonly required?: readonly string[];
  readonly properties?: Readonly<Record<string, Schema>>;
}
type Content = Readonly<Record<string, { readonly schema: Schema }>>;
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

const PRODUCTS = ["musicqr", "sora", "studio", "meeting", "loopspace"];
const products = await Promise.all(
  PRODUCTS.map(async (name) => ({
    name,
    document: (await askJson<Document>(`/api-docs/${name}.json`)).body,
  })),
);
const operationsOf = (document: Document) =>
  Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({
      where: `${method} ${path}`,
      operation,
      document,
    })),
  );
const operations = products.flatMap(({ document }) => operationsOf(document));

/** The schema a reference leads to. */
const resolved = (schema: Schema | undefined, { components }: Document): Schema | undefined =>
  schema?.$ref === undefined ? schema : components.schemas[schema.$ref.replace("#/components/schemas/", "")];

describe("the documents of all products", () => {
  it("want the file of every form", () => {
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

  it("say that beginning an upload with a chunk of another type is 415", () => {
    const begun = operations.filter(({ operation }) => /CreateUpload$/.test(operation.operationId));
    expect(begun).toHaveLength(2);
    for (const { operation } of begun) expect(Object.keys(operation.responses)).toContain("415");
  });

  it("say how an application names itself where it asks about tokens", () => {
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

  it("know that an event may be an example", () => {
    const events = Object.values(products.find(({ name }) => name === "loopspace")?.document.webhooks ?? {});
    expect(events).toHaveLength(7);
    for (const { post } of events) {
      const schema = post?.requestBody?.content["application/json"]?.schema;
      expect(schema?.properties).toHaveProperty("example");
      expect(schema?.required).not.toContain("example");
    }
  });
});
