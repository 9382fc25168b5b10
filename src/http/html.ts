import { html } from "hono/html";
import type { HtmlEscapedString } from "hono/utils/html";
import type { ContentfulStatusCode } from "hono/utils/http-status";
import type { AppContext } from "./context.ts";
import { useNonce } from "./response-headers.ts";

/** What a page component gives. */
export type PageView = HtmlEscapedString | Promise<HtmlEscapedString>;

/** A page: its doctype, its own content policy, and a copy for each language. */
export const sendPage = (c: AppContext, page: PageView, status: ContentfulStatusCode = 200) => {
  useNonce(c);
  c.header("Vary", "Accept-Language");
  return c.html(html`<!doctype html>${page}`, status);
};
