import { createRoute } from "@hono/zod-openapi";
import { MAX_AUDIO_BYTES, type Track, type TrackFacts } from "../../../core/audio/index.ts";
import type { AppContext } from "../../../http/context.ts";
import { MultipartError, readMultipart, readPart } from "../../../http/multipart.ts";
import { issuesOf, newRouter } from "../../../http/validation.ts";
import type { Failure } from "../../../lib/domain-error.ts";
import { err, ok, type Result } from "../../../lib/result.ts";
import { requireAccess } from "../access.ts";
import { audioSchema, titleOf, toAudio, writtenFields } from "../audio-wire.ts";
import { fail, respond } from "../respond.ts";
import { ownerOf } from "./audio.ts";
import { errors, json, secured, TAGS } from "./operation.ts";

/** What a form adds around its file. */
export const MAX_AUDIO_BODY = MAX_AUDIO_BYTES + 64 * 1_024;

const uploadRoute = createRoute({
  method: "post",
  path: "/api/v1/audio/upload",
  operationId: "loopspaceUpload",
  tags: [TAGS.audio],
  summary: "Upload a track",
  description:
    "MP3, WAV (PCM, floating point, A-law, µ-law), FLAC or AAC (ADTS, or alone in a file of the MP4 family) by its bytes, at most 100 MB, the fields in any order; `tags` several times, as one JSON list, or separated by commas. It is `processing` at first, then `ready` with its waveform (`audio.uploaded`), or `failed`. For connections that may break, and where the edge's plan takes no body above 100 MB, which a form with the largest file exceeds: `/api/v1/audio/uploads`, with the same limit.",
  security: secured("audio:write"),
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
              title: { type: "string", description: "Default: the name of the file", example: "我的新作品" },
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

/** What a form or an upload says of its track. */
export const factsOf = (
  fields: Readonly<Record<string, unknown>>,
  fileName: string,
): Result<TrackFacts, Failure<"invalid_request">> => {
  const parsed = writtenFields.safeParse(fields);
  if (!parsed.success) return err({ code: "invalid_request", issues: issuesOf(parsed.error) });
  return ok({ ...parsed.data, title: parsed.data.title ?? titleOf(fileName) });
};

/** Takes the file as it comes; what it is may be said behind it. What is refused leaves nothing behind. */
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
      MAX_AUDIO_BODY,
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
  const facts = factsOf(fields, fileName ?? "");
  if (!facts.ok) {
    await drop();
    return facts;
  }
  // Where this fails the row may be there all the same: whether its file is loose is seen later.
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
