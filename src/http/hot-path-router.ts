import type { Result, Router } from "hono/router";
import { RegExpRouter } from "hono/router/reg-exp-router";
import { TrieRouter } from "hono/router/trie-router";

/**
 * Hono falls back from its quick router to its general one as soon as a single route asks for it, here
 * `/admin/api/codes/export` beside `/admin/api/codes/:code`. This one keeps the quick router for the paths below `prefix`.
 * A route that could match there has to start with it, or be a wildcard for everything.
 */
export class HotPathRouter<T> implements Router<T> {
  readonly name = "HotPathRouter";
  private readonly hot = new RegExpRouter<T>();
  private readonly rest = new TrieRouter<T>();

  constructor(private readonly prefix: string) {}

  add(method: string, path: string, handler: T): void {
    if (path === "*" || path === "/*" || path.startsWith(this.prefix)) this.hot.add(method, path, handler);
    this.rest.add(method, path, handler);
  }

  match(method: string, path: string): Result<T> {
    return path.startsWith(this.prefix) ? this.hot.match(method, path) : this.rest.match(method, path);
  }
}
