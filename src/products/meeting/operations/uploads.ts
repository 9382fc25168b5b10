import { z } from "@hono/zod-openapi";
import { tusRoutes } from "../../../http/tus.ts";
import { issuesOf } from "../../../http/validation.ts";
import { readFileName } from "../../../lib/file-name.ts";
import { err, ok } from "../../../lib/result.ts";
import { gibibytes, megabytes } from "../../../lib/sizes.ts";
import { FILE_KINDS, fieldsSchema } from "../contract/index.ts";
import { MAX_FILE_BYTES, MAX_RECORDING_BYTES } from "../domain/facts.ts";
import { signedIn } from "../limits.ts";
import { cleanName, downloadPathOf } from "./files.ts";
import { BEARER_SECURITY, errors, TAGS } from "./operation.ts";

/** The metadata of an upload. `file_type` defaults to `recording` here, and to `other` in the multipart form. */
const metadataSchema = fieldsSchema.extend({
  filename: z.string(),
  file_type: z.enum(FILE_KINDS).default("recording"),
});

const resourceSchema = z.object({
  meetingId: z.int(),
  userId: z.int(),
  name: z.string(),
  kind: z.enum(FILE_KINDS),
});

export const UPLOADS_PATH = "/api/v1/media/uploads";

export const uploads = tusRoutes({
  path: UPLOADS_PATH,
  kind: "meeting_file",
  operations: "meeting",
  tag: TAGS.media,
  description: `Uploads a file to a meeting. Only the host and accounts that joined may do this. A \`recording\` of up to ${gibibytes(MAX_RECORDING_BYTES)} is accepted if the meeting has \`is_recording_enabled\`; any other file may have up to ${megabytes(MAX_FILE_BYTES)}. Metadata: \`filename\`, \`meeting_id\` and \`file_type\` (default: \`recording\`).`,
  security: BEARER_SECURITY,
  errors,
  middleware: signedIn,
  maxBytes: MAX_RECORDING_BYTES,
  ownerOf: (c) => String(c.get("caller").user.id),
  resource: resourceSchema,
  begin: async (c, { length, metadata }) => {
    const { data, error } = metadataSchema.safeParse(Object.fromEntries(metadata));
    if (!data) return err({ code: "invalid_request", issues: issuesOf(error) });
    const { filename, meeting_id: meetingId, file_type: kind } = data;
    const resource = {
      meetingId,
      userId: c.get("caller").user.id,
      name: cleanName(readFileName(filename)),
      kind,
    };
    const announced = await c.get("services").meetingFiles.reserve(resource, length);
    return announced.ok ? ok({ key: announced.value, resource }) : announced;
  },
  finish: async (c, { key, resource }) => {
    const { meetingFiles } = c.get("services");
    const draft = await meetingFiles.findDraft(key);
    if (!draft.ok) return draft;
    const added = await meetingFiles.add(resource, draft.value);
    return added.ok ? ok({ location: downloadPathOf(added.value) }) : added;
  },
});
