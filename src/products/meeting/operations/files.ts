import { createRoute, z } from "@hono/zod-openapi";
import type { AppContext } from "../../../http/context.ts";
import { MultipartError, readMultipart, readPart } from "../../../http/multipart.ts";
import { answerOrigin } from "../../../http/origins.ts";
import { serveObject } from "../../../http/serve-object.ts";
import { newRouter } from "../../../http/validation.ts";
import { isoTime } from "../../../lib/clock.ts";
import type { Failure } from "../../../lib/domain-error.ts";
import { err, type Result } from "../../../lib/result.ts";
import { megabytes } from "../../../lib/sizes.ts";
import { shortLine } from "../../../lib/text.ts";
import {
  emptySchema,
  FILE_KINDS,
  fieldsSchema,
  fileSchema,
  filesSchema,
  idParams,
} from "../contract/index.ts";
import { MAX_FILE_BYTES } from "../domain/facts.ts";
import type { MeetingFile } from "../domain/meetings/index.ts";
import { signedIn } from "../limits.ts";
import { fail, respond } from "../respond.ts";
import { reply } from "../to-wire.ts";
import { BEARER_SECURITY, data, errors, TAGS } from "./operation.ts";

/** The largest body of an upload: the file, and 64 KiB for the rest of the form. */
export const MAX_FILE_BODY = MAX_FILE_BYTES + 64 * 1_024;

const uploadRoute = createRoute({
  method: "post",
  path: "/api/v1/media/upload",
  operationId: "meetingUpload",
  tags: [TAGS.media],
  summary: "Share a file in a meeting",
  description: `Accepts a file of up to ${megabytes(MAX_FILE_BYTES)}, with the form fields in any order. Only the host and accounts that joined may do this, and a \`recording\` needs \`is_recording_enabled\`. A file that could not be uploaded is answered with 3001. All peers in the room receive \`file-shared\`.`,
  security: BEARER_SECURITY,
  middleware: [signedIn] as const,
  request: {
    body: {
      required: true,
      content: {
        "multipart/form-data": {
          schema: {
            type: "object",
            required: ["file", "meeting_id"],
            properties: {
              file: { type: "string", format: "binary" },
              meeting_id: { type: "integer", example: 100 },
              file_type: { type: "string", enum: [...FILE_KINDS], example: "document" },
            },
          },
        },
      },
    },
  },
  responses: { 201: data("The file", fileSchema), ...errors(400, 401, 404, 413) },
});

const listRoute = createRoute({
  method: "get",
  path: "/api/v1/media/files",
  operationId: "meetingFiles",
  tags: [TAGS.media],
  summary: "List the files of a meeting",
  description: "Newest first, at most 1,000.",
  security: BEARER_SECURITY,
  middleware: [signedIn] as const,
  request: { query: z.object({ meeting_id: z.coerce.number().int().min(1).openapi({ example: 100 }) }) },
  responses: {
    200: data("The files", filesSchema),
    ...errors(400, 401, 404),
  },
});

const downloadRoute = createRoute({
  method: "get",
  path: "/api/v1/media/files/{id}/download",
  operationId: "meetingDownloadFile",
  tags: [TAGS.media],
  summary: "Download a file",
  description:
    "The response is always an attachment under the name of the file. Range and conditional requests are supported.",
  security: BEARER_SECURITY,
  middleware: [signedIn] as const,
  request: { params: idParams },
  responses: {
    200: { description: "The file", content: { "application/octet-stream": {} } },
    206: { description: "A range of the file", content: { "application/octet-stream": {} } },
    304: { description: "The client's copy is current" },
    ...errors(400, 401, 404, 416),
  },
});

const deleteRoute = createRoute({
  method: "delete",
  path: "/api/v1/media/files/{id}",
  operationId: "meetingDeleteFile",
  tags: [TAGS.media],
  summary: "Delete a file",
  description:
    "Only the account that shared the file and the host may do this. All peers in the room receive `file-removed`.",
  security: BEARER_SECURITY,
  middleware: [signedIn] as const,
  request: { params: idParams },
  responses: { 200: data("The file is deleted", emptySchema), ...errors(400, 401, 403, 404) },
});

const toWire = (c: AppContext, file: MeetingFile): z.output<typeof fileSchema> => ({
  file_id: file.id,
  meeting_id: file.meetingId,
  user_id: file.userId,
  file_name: file.name,
  file_type: file.kind,
  mime_type: file.mediaType,
  file_size: file.bytes,
  download_url: `${answerOrigin(c)}${downloadPathOf(file)}`,
  created_at: isoTime(file.createdAt),
});

/** Returns the download path of a file. */
export const downloadPathOf = ({ id }: MeetingFile): string => `/api/v1/media/files/${id}/download`;

/** Returns the last part of a path without characters that control a terminal or a file system. */
export const cleanName = (name: string): string =>
  shortLine(name.split(/[/\\]/).at(-1) ?? "", 200, /[:*?"<>|]+/g) || "file";

/** Stores the file while the form arrives, because the other fields may follow the file. */
const takeIn = async (
  c: AppContext,
): Promise<
  Result<MeetingFile, Failure<"body_too_large" | "invalid_request" | "not_found" | "upload_failed">>
> => {
  const { meetingFiles } = c.get("services");
  const fields: Record<string, string> = {};
  let taken: Awaited<ReturnType<typeof meetingFiles.storeDraft>> | undefined;
  let name = "";
  await readMultipart(
    c.req.raw,
    MAX_FILE_BODY,
    async (field, body, fileName) => {
      if (field !== "file" || taken) return void (await readPart(body, 0));
      name = cleanName(fileName);
      taken = await meetingFiles.storeDraft(body);
    },
    (field, value) => {
      fields[field] ??= value;
    },
  );
  if (!taken) return err({ code: "upload_failed", detail: "file is required" });
  if (!taken.ok) return taken;
  const parsed = fieldsSchema.safeParse(fields);
  if (!parsed.success) {
    await meetingFiles.deleteDraft(taken.value);
    const issues = parsed.error.issues.map(({ path, message }) => ({ path: path.join("."), message }));
    return err({ code: "invalid_request", issues });
  }
  const { meeting_id: meetingId, file_type: kind } = parsed.data;
  const userId = c.get("caller").user.id;
  return meetingFiles.addOrDrop({ meetingId, userId, name, kind }, taken.value);
};

export const files = newRouter()
  .openapi(uploadRoute, async (c) => {
    try {
      const added = await takeIn(c);
      return respond(c, added, (value) => reply(c, toWire(c, value), { status: 201 }));
    } catch (error) {
      if (!(error instanceof MultipartError)) throw error;
      if (error.reason === "too_large")
        return fail(c, { code: "body_too_large", limitBytes: MAX_FILE_BYTES });
      return fail(c, { code: "upload_failed", detail: error.message });
    }
  })
  .openapi(listRoute, async (c) => {
    const { meetingFiles } = c.get("services");
    const listed = await meetingFiles.list(c.get("caller").user.id, c.req.valid("query").meeting_id);
    if (!listed.ok) return fail(c, listed.error);
    return reply(c, { files: listed.value.map((file) => toWire(c, file)), total: listed.value.length });
  })
  .openapi(downloadRoute, async (c) => {
    const { meetingFiles } = c.get("services");
    const found = await meetingFiles.find(c.get("caller").user.id, c.req.valid("param").id);
    if (!found.ok) return fail(c, found.error);
    const { key, name, mediaType } = found.value;
    return serveObject(c, key, {
      cacheControl: "private, no-cache",
      fileName: name,
      contentType: mediaType,
    });
  })
  .openapi(deleteRoute, async (c) => {
    const { meetingFiles } = c.get("services");
    const removed = await meetingFiles.remove(c.get("caller").user.id, c.req.valid("param").id);
    return respond(c, removed, () => reply(c, {}));
  });
