import { z } from "@hono/zod-openapi";

/**
 * A file in a form that is read as a whole. Its type is detected from its bytes, not from the declared media type.
 */
export const fileField = z
  .instanceof(File, { error: "is not a file" })
  .openapi({ type: "string", format: "binary" });
