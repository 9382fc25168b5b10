/** A version segment of a path: `v1`, `v4`, `v1beta`. */
const VERSION = /^v\d+(?:\.\d+)?(?:(?:alpha|beta)\d*)?$/i;

/**
 * Returns the base URL of an OpenAI-compatible server from the URL that an administrator entered. A URL with a
 * version segment (`/api/paas/v4`, `/v1beta/openai`) is used as it is; any other gets `/v1`.
 */
export const versionedUrl = (address: string): string => {
  const bare = address.replace(/\/+$/, "");
  const { pathname } = new URL(bare);
  return pathname.split("/").some((segment) => VERSION.test(segment)) ? bare : `${bare}/v1`;
};
