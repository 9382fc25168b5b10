import { createRoute } from "@hono/zod-openapi";
import { KIB } from "../../../http/body.ts";
import type { AppContext } from "../../../http/context.ts";
import { MultipartError, readMultipart, readPart } from "../../../http/multipart.ts";
import { issuesOf, newRouter } from "../../../http/validation.ts";
import type { Failure } from "../../../lib/domain-error.ts";
import { err, ok, type Result } from "../../../lib/result.ts";
import { shortLine } from "../../../lib/text.ts";
import { requireAccess } from "../access.ts";
import { audioSchema, formTrackSchema, MAX_AUDIO_SIZE } from "../contract/index.ts";
import { MAX_AUDIO_BYTES, type Track, type TrackFacts } from "../domain/index.ts";
import { fail, respond } from "../respond.ts";
import { ownerOf } from "./audio.ts";
import { errors, json, requireScopes, TAGS } from "./operation.ts";
import { toAudio } from "./to-audio.ts";

/** The largest body in bytes: the file, and 64 KiB for the other fields and the boundaries of the form. */
export const MAX_AUDIO_UPLOAD_BODY = MAX_AUDIO_BYTES + 64 * KIB;

const uploadRoute = createRoute({
  method: "post",
  path: "/api/v1/audio/upload",
  operationId: "loopspaceUpload",
  tags: [TAGS.audio],
  summary: "Upload a track",
  description: `Accepts MP3, WAV (PCM, floating point, A-law, µ-law), FLAC or AAC (ADTS, or as the only track of an MP4 or M4A file) of at most ${MAX_AUDIO_SIZE}. The format is detected from the file's bytes. The fields may come in any order; \`tags\` is a repeated field, a JSON list, or text separated by commas. The track is \`processing\` first, then \`ready\` with its waveform (event \`audio.uploaded\`), or \`failed\`. Use the resumable upload at \`/api/v1/audio/uploads\`, with the same limit, for connections that may break, and where a proxy limits bodies to 100 MB: a form with the largest file is bigger than that.`,
  security: requireScopes("audio:write"),
  middleware: [requireAccess("audio:write")] as const,
  request: {
    body: {
      required: true,
      content: {
        "multipart/form-data": {
          schema: {
            type: "object",
            required: ["file"],
            properties: {
              file: { type: "string", format: "binary" },
              title: {
                type: "string",
                description: "Default: the file name without its extension",
                example: "我的新作品",
              },
              description: { type: "string", example: "清晨录的一段旋律" },
              tags: { type: "array", items: { type: "string" }, example: ["chill", "night"] },
              genre: { type: "string", example: "electronic" },
              visibility: { type: "string", enum: ["public", "private"], example: "public" },
              price: { type: "integer", description: "Credits", example: 0 },
            },
          },
        },
      },
    },
  },
  responses: { 201: json("The track", audioSchema), ...errors(400, 401, 403, 404, 413, 415) },
});

/** Returns the title of a track for which the owner gave none: the file name without its extension. */
const titleOf = (fileName: string): string =>
  shortLine((fileName.split(/[/\\]/).at(-1) ?? "").replace(/\.[A-Za-z0-9]{1,5}$/, ""), 200) || "Untitled";

/**
 * Reads a track's fields from a form or from the metadata of a resumable upload. The file name gives a missing title.
 */
export const parseTrackFields = (
  fields: Readonly<Record<string, unknown>>,
  fileName: string,
): Result<TrackFacts, Failure<"invalid_request">> => {
  const parsed = formTrackSchema.safeParse(fields);
  if (!parsed.success) return err({ code: "invalid_request", issues: issuesOf(parsed.error) });
  return ok({ ...parsed.data, title: parsed.data.title ?? titleOf(fileName) });
};

/**
 * Stores the file while the form is read, because its other fields may follow the file. A refused upload leaves no
 * object in storage.
 */
const takeIn = async (
  c: AppContext,
): Promise<
  Result<Track, Failure<"body_too_large" | "invalid_request" | "media_gone" | "media_unsupported">>
> => {
  const { audioLibrary } = c.get("services");
  const fields: Record<string, string | string[]> = {};
  let fileName: string | undefined;
  let taken: Awaited<ReturnType<typeof audioLibrary.storeDraft>> | undefined;
  const drop = async (): Promise<void> => {
    if (taken?.ok) await audioLibrary.removeDraft(taken.value.key);
  };
  try {
    await readMultipart(
      c.req.raw,
      MAX_AUDIO_UPLOAD_BODY,
      async (field, body, name) => {
        if (field !== "file" || fileName !== undefined) return void (await readPart(body, 0));
        fileName = name;
        taken = await audioLibrary.storeDraft(body);
      },
      (field, value) => {
        const before = fields[field];
        if (field === "tags" || field === "tags[]")
          fields.tags = [...(Array.isArray(fields.tags) ? fields.tags : []), value];
        else if (before === undefined) fields[field] = value;
      },
    );
  } catch (error) {
    await drop();
    throw error;
  }
  if (!taken) return err({ code: "invalid_request", issues: [{ path: "file", message: "is missing" }] });
  if (!taken.ok) return taken;
  const facts = parseTrackFields(fields, fileName ?? "");
  if (!facts.ok) {
    await drop();
    return facts;
  }
  // If this fails, the row may exist all the same, so the file is not deleted here. The storage sweep removes it later
  // if no row refers to it.
  return ok(await audioLibrary.add(ownerOf(c), facts.value, taken.value));
};

export const audioUpload = newRouter().openapi(uploadRoute, async (c) => {
  try {
    const added = await takeIn(c);
    return respond(c, added, async (value) => c.json(await toAudio(c, value), 201));
  } catch (error) {
    if (!(error instanceof MultipartError)) throw error;
    if (error.reason === "too_large") return fail(c, { code: "body_too_large", limitBytes: MAX_AUDIO_BYTES });
    return fail(c, { code: "upload_failed", detail: error.message });
  }
});
