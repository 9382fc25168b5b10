/** Returns the media type of a `Content-Type`, without parameters and in lower case (RFC 9110, 8.3.1). */
export const mediaTypeOf = (contentType: string | null | undefined): string =>
  (contentType ?? "").split(";")[0]?.trim().toLowerCase() ?? "";
