/** `v1`, `v4`, `v1beta` */
const VERSION = /^v\d+(?:\.\d+)?(?:(?:alpha|beta)\d*)?$/i;

/**
 * Where an OpenAI-compatible server is asked, from the address an administrator gave. An address with a version of its own
 * (`/api/paas/v4`, `/v1beta/openai`) is used as it is; any other gets `/v1`.
 */
export const versionedUrl = (address: string): string => {
  const bare = address.replace(/\/+$/, "");
  const { pathname } = new URL(bare);
  return pathname.split("/").some((segment) => VERSION.test(segment)) ? bare : `${bare}/v1`;
};
