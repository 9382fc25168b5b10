import type { AppContext } from "../../http/context.ts";
import { answerOrigin } from "../../http/origins.ts";

/** The path of the metadata of the API as an OAuth protected resource (RFC 9728, 3). */
export const RESOURCE_METADATA_PATH = "/.well-known/oauth-protected-resource";

/** The paths of the API that accept OAuth tokens. The empty path stands for the whole API. */
const RESOURCE_PATH = /^\/?$|^\/api\/v1\/(audio|developer|users)(\/|$)|^\/api\/v1\/?$/;

export const isResourcePath = (path: string): boolean => RESOURCE_PATH.test(path);

/** Returns whether a resource indicator (RFC 8707) names this API, or a part of it, at the origin of the request. */
export const isResourceOf =
  (c: AppContext) =>
  (resource: string): boolean => {
    const url = URL.parse(resource);
    return (
      url !== null &&
      url.origin === answerOrigin(c) &&
      url.username + url.password + url.search + url.hash === "" &&
      !resource.includes("#") &&
      isResourcePath(url.pathname)
    );
  };

/**
 * Returns the `WWW-Authenticate` challenge of a refused token (RFC 6750, 3). `resource_metadata` leads the client to
 * the authorization server.
 */
export const bearerChallenge = (c: AppContext, parameters: Readonly<Record<string, string>> = {}): string =>
  Object.entries({
    realm: "loopspace",
    ...parameters,
    resource_metadata: answerOrigin(c) + RESOURCE_METADATA_PATH,
  })
    .map(([name, value], i) => `${i === 0 ? "Bearer " : ""}${name}="${value}"`)
    .join(", ");
