import type { Hono } from "hono";
import type { AppEnv } from "./context.ts";

const METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE"];

/** Returns the methods that the app's routes accept at a path. Middleware and wildcard preflights do not count. */
export const allowedMethods = ({ router }: Hono<AppEnv>, path: string): string[] => {
  const routesOf = (method: string) =>
    router.match(method, path)[0].flatMap(([[, route]]) => (route.method === method ? route.path : []));
  const taken = METHODS.filter((method) => routesOf(method).some((pattern) => !pattern.endsWith("*")));
  if (taken.length === 0) return [];
  return [
    ...taken.flatMap((method) => (method === "GET" ? ["GET", "HEAD"] : method)),
    ...(routesOf("OPTIONS").length > 0 ? ["OPTIONS"] : []),
  ];
};
