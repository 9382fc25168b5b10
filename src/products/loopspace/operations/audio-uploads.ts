import { z } from "@hono/zod-openapi";
import { ENVIRONMENTS } from "../../../core/access/index.ts";
import { tusRoutes } from "../../../http/tus.ts";
import { readFileName } from "../../../lib/file-name.ts";
import { ok } from "../../../lib/result.ts";
import { requireAccess } from "../access.ts";
import { MAX_AUDIO_SIZE } from "../contract/index.ts";
import { MAX_AUDIO_BYTES, newAudioKey } from "../domain/index.ts";
import { audioPathOf } from "../urls.ts";
import { parseTrackFields } from "./audio-upload.ts";
import { errors, requireScopes, TAGS } from "./operation.ts";

const resourceSchema = z.object({
  userId: z.int(),
  environment: z.enum(ENVIRONMENTS),
  facts: z.object({
    title: z.string(),
    description: z.string(),
    genre: z.string(),
    tags: z.array(z.string()),
    visibility: z.enum(["public", "private"]),
    price: z.int(),
  }),
});

export const AUDIO_UPLOADS_PATH = "/api/v1/audio/uploads";

export const audioUploads = tusRoutes({
  path: AUDIO_UPLOADS_PATH,
  kind: "audio",
  operations: "loopspaceAudio",
  tag: TAGS.audio,
  description: `A track of up to ${MAX_AUDIO_SIZE}. \`Upload-Metadata\` has \`filename\` and the fields of the form at \`/api/v1/audio/upload\`: \`title\`, \`description\`, \`tags\` (a JSON list, or text separated by commas), \`genre\`, \`visibility\`, \`price\`. A file whose format is not supported is refused with 415 and the reason when its last byte arrives.`,
  security: requireScopes("audio:write"),
  errors,
  middleware: requireAccess("audio:write"),
  maxBytes: MAX_AUDIO_BYTES,
  ownerOf: (c) => {
    const { user, environment } = c.get("access");
    return `${environment}:${user.id}`;
  },
  resource: resourceSchema,
  begin: async (c, { metadata }) => {
    const facts = parseTrackFields(
      Object.fromEntries(metadata),
      readFileName(metadata.get("filename") ?? ""),
    );
    if (!facts.ok) return facts;
    const { user, environment } = c.get("access");
    const tags = [...facts.value.tags];
    return ok({
      key: newAudioKey(),
      resource: { userId: user.id, environment, facts: { ...facts.value, tags } },
    });
  },
  finish: async (c, { key, resource: { facts, ...owner } }) => {
    const { audioLibrary } = c.get("services");
    const draft = await audioLibrary.findDraft(key);
    if (!draft.ok) return draft;
    const { id } = await audioLibrary.add(owner, facts, draft.value);
    return ok({ location: audioPathOf(id) });
  },
});
