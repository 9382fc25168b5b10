import type { Result, Router } from "hono/router";
import { RegExpRouter } from "hono/router/reg-exp-router";
import { TrieRouter } from "hono/router/trie-router";

/**
 * Hono falls back from its quick router to its general one as soon as a single route asks for it, here
 * `/admin/api/codes/export` beside `/admin/api/codes/:code`; and middleware for every path makes each request a chain of
 * promises. This one keeps the GET routes it was told are `direct` in a quick router of their own, where no wildcard is.
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
