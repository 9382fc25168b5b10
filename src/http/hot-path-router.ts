import type { Result, Router } from "hono/router";
import { RegExpRouter } from "hono/router/reg-exp-router";
import { TrieRouter } from "hono/router/trie-router";

/**
 * Hono falls back from its fast router to its general one for all routes as soon as one route needs it, here
 * `/admin/api/codes/export` beside `/admin/api/codes/:code`. Middleware for every path also makes each request a
 * chain of promises. This router keeps the `direct` GET routes in a fast router of their own, without wildcards.
 */
export class HotPathRouter<T> implements Router<T> {
  readonly name = "HotPathRouter";
  private readonly hot = new RegExpRouter<T>();
  private readonly rest = new TrieRouter<T>();

  constructor(private readonly direct: readonly string[]) {}

  add(method: string, path: string, handler: T): void {
    if (method === "GET" && this.direct.includes(path)) this.hot.add(method, path, handler);
    else this.rest.add(method, path, handler);
  }

  match(method: string, path: string): Result<T> {
    if (method === "GET" && this.direct.length > 0) {
      const found = this.hot.match(method, path);
      if (found[0].length > 0) return found;
    }
    return this.rest.match(method, path);
  }
}
