import type { Env } from "./bindings.ts";

/**
 * Returns a function that creates a value at its first call and keeps it as long as the isolate lives. The isolate may
 * end at any time, so the value may only be a cache or a buffer.
 */
export const perIsolate = <T>(create: (env: Env) => T): ((env: Env) => T) => {
  const kept = new WeakMap<Env, { readonly value: T }>();
  return (env) => {
    let entry = kept.get(env);
    if (!entry) {
      entry = { value: create(env) };
      kept.set(env, entry);
    }
    return entry.value;
  };
};
