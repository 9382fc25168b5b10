import type { AppContext } from "../../http/context.ts";
import { answerOrigin } from "../../http/origins.ts";

/** Where the metadata of the API as an OAuth resource is (RFC 9728, 3). */
export const RESOURCE_METADATA_PATH = "/.well-known/oauth-protected-resource";

/** What OAuth tokens open, as paths of the origin: nothing stands for all of it. */
const RESOURCE_PATH = /^\/?$|^\/api\/v1\/(audio|developer|users)(\/|$)|^\/api\/v1\/?$/;

export const isResourcePath = (path: string): boolean => RESOURCE_PATH.test(path);

/** Whether a resource indicator (RFC 8707) names this API at the origin that was asked, or a part of it. */
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

/** The challenge of an answer that refuses a token (RFC 6750, 3), which leads a client to the authorization server. */
export const bearerChallenge = (c: AppContext, parameters: Readonly<Record<string, string>> = {}): string =>
  Object.entries({
    realm: "loopspace",
    ...parameters,
    resource_metadata: answerOrigin(c) + RESOURCE_METADATA_PATH,
  })
    .map(([name, value], i) => `${i === 0 ? "Bearer " : ""}${name}="${value}"`)
    .join(", ");
