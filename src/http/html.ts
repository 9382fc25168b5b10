import { html } from "hono/html";
import type { HtmlEscapedString } from "hono/utils/html";
import type { ContentfulStatusCode } from "hono/utils/http-status";
import type { AppContext } from "./context.ts";
import { useNonce } from "./response-headers.ts";

/** The rendered markup of a page component. */
export type PageView = HtmlEscapedString | Promise<HtmlEscapedString>;

/** Sends a page with a doctype and a nonce for its content policy. Caches keep one copy for each language. */
export const sendPage = (c: AppContext, page: PageView, status: ContentfulStatusCode = 200) => {
  useNonce(c);
  c.header("Vary", "Accept-Language");
  return c.html(html`<!doctype html>${page}`, status);
};
