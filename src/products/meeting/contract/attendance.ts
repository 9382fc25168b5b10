import { z } from "@hono/zod-openapi";
import { fullNameSchema } from "./accounts.ts";
import { time } from "./common.ts";
import { MAX_CODE_TEXT, MAX_MEETING_PASSWORD } from "./limits.ts";

export const iceServerSchema = z
  .object({ urls: z.string(), username: z.string().optional(), credential: z.string().optional() })
  .openapi("IceServer");

export const joinSchema = z
  .object({
    password: z.string().max(MAX_MEETING_PASSWORD).nullish(),
    full_name: fullNameSchema
      .optional()
      .openapi({ description: "The name of a guest; required without a token" }),
  })
  .openapi("MeetingJoin");

export const joinedSchema = z
  .object({
    meeting_id: z.int(),
    participant_id: z.int(),
    user_id: z.int(),
    full_name: z.string(),
    peer_id: z.string().openapi({
      description:
        "Secret and unguessable: it opens the socket. The other peers know the caller by the `peer_id` in the room's `joined` message.",
    }),
    signaling_url: z.string(),
    ice_servers: z.array(iceServerSchema),
    is_host: z.boolean(),
    is_recording_enabled: z.boolean(),
    meeting_type: z.enum(["video", "audio"]),
    title: z.string(),
  })
  .openapi("MeetingJoined");

const participantSchema = z
  .object({
    participant_id: z.int(),
    user_id: z.int(),
    full_name: z.string(),
    is_host: z.boolean(),
    is_guest: z.boolean().openapi({ description: "True without an account; the guest chose `full_name`" }),
    is_present: z.boolean(),
    joined_at: time,
    left_at: time.nullable(),
  })
  .openapi("MeetingParticipant");

export const joinByCodeSchema = joinSchema.extend({ meeting_code: z.string().max(MAX_CODE_TEXT) });

export const participantsSchema = z.object({ participants: z.array(participantSchema) });
