/** The media type of a `Content-Type`: without parameters, in lower case, as types are compared (RFC 9110, 8.3.1). */
export const mediaTypeOf = (contentType: string | null | undefined): string =>
  (contentType ?? "").split(";")[0]?.trim().toLowerCase() ?? "";
