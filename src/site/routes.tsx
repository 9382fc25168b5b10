import { Hono } from "hono";
import { type AppEnv, fail } from "../http/context.ts";
import { reportException } from "../http/errors.ts";
import { sendPage } from "../http/html.ts";
import { platformDocument, productDocument } from "../http/openapi.ts";
import type { Product } from "../http/product.ts";
import { negotiateLanguage } from "../ui/i18n.ts";
import { ApiDocsPage } from "./api-docs-page.tsx";
import { LandingPage } from "./landing-page.tsx";

/** Routes for the front page of the shared origin. Old printed QR codes lead to `/?code=…`, which MusicQR handles. */
export const landing = (products: readonly Product[]): Hono<AppEnv> =>
  new Hono<AppEnv>().get("/", (c, next) => {
    if (c.req.query("code") !== undefined) return next();
    return sendPage(
      c,
      <LandingPage language={negotiateLanguage(c.req.header("accept-language"))} products={products} />,
    );
  });

/** Routes of every host in addition to its products: health and the API documents. */
export const siteRoutes = (products: readonly Product[]): Hono<AppEnv> => {
  const routes = new Hono<AppEnv>();

  routes.get("/health", async (c) => {
    c.header("Cache-Control", "no-store");
    try {
      const { missingMigration } = await c.get("services").probe();
      if (missingMigration === undefined) return c.json({ status: "ok" });
      const message = `the database is behind this version: apply the migrations up to ${missingMigration}`;
      return c.json({ status: "unavailable", message }, 503);
    } catch (error) {
      reportException(c, error);
      return c.json({ status: "unavailable" }, 503);
    }
  });

  routes.get("/api-docs", (c) => {
    return sendPage(c, <ApiDocsPage products={products} />);
  });

  routes.get("/api-docs.json", (c) => c.json(platformDocument(c, products)));

  routes.get("/api-docs/:file", (c) => {
    const product = products.find(({ name }) => `${name}.json` === c.req.param("file"));
    return product ? c.json(productDocument(c, product)) : fail(c, { code: "route_not_found" });
  });

  return routes;
};
