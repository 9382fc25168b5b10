import type { AppContext } from "./context.ts";
import { mergeDocuments } from "./openapi-merge.ts";
import { answerOrigin } from "./origins.ts";
import type { Product } from "./product.ts";

const info = (title: string, version: string, description: string) => ({
  title,
  version,
  description,
  license: { name: "MIT", identifier: "MIT" },
});

/** One product as OpenAPI 3.1, generated from the schemas that validate its requests. */
export const productDocument = (c: AppContext, product: Product) =>
  product.router.getOpenAPI31Document({
    openapi: "3.1.0",
    info: info(product.title, product.version, product.description),
    servers: [{ url: answerOrigin(c) }],
    security: [],
  });

/** The whole platform as OpenAPI 3.1. */
export const platformDocument = (c: AppContext, products: readonly Product[]) => ({
  ...mergeDocuments(
    products.map((product) => ({ title: product.title, document: productDocument(c, product) })),
  ),
  openapi: "3.1.0",
  info: info("Ensemble", "1.0.0", products.map((p) => `**${p.title}**: ${p.description}`).join("\n\n")),
  servers: [{ url: answerOrigin(c) }],
  security: [],
});
