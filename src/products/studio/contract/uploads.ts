import { z } from "@hono/zod-openapi";
import { fileField } from "../../../http/file-field.ts";

const address = z.url().openapi({ description: "Unguessable; anyone with this URL can open the file" });

export const uploadedPictureSchema = z
  .object({
    id: z.string(),
    url: address,
    thumbnail: z.string().openapi({ description: "A small WebP" }),
    width: z
      .int()
      .openapi({ description: "In pixels as shown, with the camera's orientation applied", example: 1_024 }),
    height: z.int().openapi({ example: 1_024 }),
    fileSize: z.int().openapi({ description: "Bytes", example: 1_024_000 }),
  })
  .openapi("StudioUploadedImage");

export const uploadedVideoSchema = uploadedPictureSchema
  .extend({
    thumbnail: z.string().openapi({ description: "Empty if there is none" }),
    duration: z.number().openapi({ description: "Seconds", example: 5.2 }),
  })
  .openapi("StudioUploadedVideo");

export const pictureFormSchema = z.object({ file: fileField });
