import { z } from "@hono/zod-openapi";
import { time } from "./common.ts";
import { FILE_KINDS } from "./limits.ts";

export const fileSchema = z
  .object({
    file_id: z.int().openapi({ example: 123 }),
    meeting_id: z.int(),
    user_id: z.int().openapi({ description: "The account that shared the file" }),
    file_name: z.string(),
    file_type: z.enum(FILE_KINDS),
    mime_type: z.string().openapi({ description: "Detected from the bytes of the file" }),
    file_size: z.int().openapi({ description: "Bytes" }),
    download_url: z.url(),
    created_at: time,
  })
  .openapi("MeetingFile");

/** The form fields beside the file. */
export const fieldsSchema = z.object({
  meeting_id: z.coerce.number().int().min(1),
  file_type: z.enum(FILE_KINDS).default("other"),
});

export const filesSchema = z.object({ files: z.array(fileSchema), total: z.int() });
