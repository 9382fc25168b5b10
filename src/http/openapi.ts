import type { AppContext } from "./context.ts";
import { type Document, METHODS, mergeDocuments } from "./openapi-merge.ts";
import { answerOrigin } from "./origins.ts";
import type { Product } from "./product.ts";

const info = (title: string, version: string, description: string) => ({
  title,
  version,
  description,
  license: { name: "MIT", identifier: "MIT" },
});

/** Returns the distinct tags of all operations and webhooks, in the order of their first appearance. */
const tagsOf = ({ paths, webhooks }: Pick<Document, "paths" | "webhooks">): { name: string }[] => {
  const items = [...Object.values(paths ?? {}), ...Object.values(webhooks ?? {})];
  const names = items.flatMap((item) =>
    METHODS.flatMap((method) => {
      const operation: { tags?: string[] } | undefined =
        method in item ? Reflect.get(item, method) : undefined;
      return operation?.tags ?? [];
    }),
  );
  return [...new Set<string>(names)].map((name) => ({ name }));
};

/** Returns the OpenAPI 3.1 document of one product, generated from the schemas that validate its requests. */
export const productDocument = (c: AppContext, product: Product): Document => {
  const document = product.router.getOpenAPI31Document({
    openapi: "3.1.0",
    info: info(product.title, product.version, product.description),
    servers: [{ url: answerOrigin(c) }],
    security: [],
  });
  return { ...document, tags: tagsOf(document) };
};

/** Tells readers of the document what it leaves out on purpose. */
const UNDESCRIBED =
  "Not described here: HTML pages; media under `/media/` and `/share/`, whose URLs are part of responses; WebSockets, whose messages are in the products' descriptions; the callback URLs of payment gateways under `/payments/`; `GET /health`, which answers 200 or 503.";

/** Returns the OpenAPI 3.1 document of the whole platform. */
export const platformDocument = (c: AppContext, products: readonly Product[]) => {
  const merged = mergeDocuments(
    products.map((product) => ({ title: product.title, document: productDocument(c, product) })),
  );
  const about = [...products.map((p) => `**${p.title}**: ${p.description}`), UNDESCRIBED];
  return {
    ...merged,
    openapi: "3.1.0",
    info: info("Ensemble", "1.0.0", about.join("\n\n")),
    servers: [{ url: answerOrigin(c) }],
    security: [],
    tags: tagsOf(merged),
  };
};
