import { createRoute, z } from "@hono/zod-openapi";
import { userOrGuest } from "../../../http/authentication.ts";
import { KIB, limitBody } from "../../../http/body.ts";
import { clientNetwork } from "../../../http/client.ts";
import type { AppContext } from "../../../http/context.ts";
import { answerOrigin } from "../../../http/origins.ts";
import { newRouter } from "../../../http/validation.ts";
import { isoTime } from "../../../lib/clock.ts";
import {
  emptySchema,
  idParams,
  joinByCodeSchema,
  joinedSchema,
  joinSchema,
  meetingSchema,
  participantsSchema,
} from "../contract/index.ts";
import { isGuest, type Joiner, normalizeMeetingCode } from "../domain/meetings/index.ts";
import { iceServers } from "../ice.ts";
import { answerUnknownMeeting, guestsToJoin, signedIn, signedInToJoin } from "../limits.ts";
import { fail, respond } from "../respond.ts";
import { reply, toMeetingWire } from "../to-wire.ts";
import { BEARER_SECURITY, data, errors, jsonBody, OPTIONAL_SECURITY, TAGS } from "./operation.ts";

const WORDS =
  "The host does not need the password. Joining again gives the same participant a new `peer_id` and invalidates the old one. If one account joins twice at once, the later join is valid and the earlier one may be answered with 409. A wrong password is 2004. After 20 wrong passwords for the meeting in one minute, from any caller, a password is answered with 429 unless it comes from an account that joined before. A full meeting is 2003, a meeting that has ended 2002. The host can join a full meeting too: `max_participants` counts the other participants and, while there is room, the host. If `allow_guests` is on, a caller without a token joins as a guest with `full_name`. Numbers and codes of no meeting are counted by account, or by network for guests: after 20 in 15 minutes, joining is answered with 429 for that caller.";

const maybeBody = { required: false, content: { "application/json": { schema: joinSchema } } };

const joinRoute = createRoute({
  method: "post",
  path: "/api/v1/meetings/{id}/join",
  operationId: "meetingJoin",
  tags: [TAGS.meetings],
  summary: "Join a meeting",
  description: WORDS,
  security: OPTIONAL_SECURITY,
  middleware: [userOrGuest(signedInToJoin, guestsToJoin), limitBody(16 * KIB)] as const,
  request: { params: idParams, body: maybeBody },
  responses: {
    200: data("The data for connecting to the room", joinedSchema),
    ...errors(400, 401, 403, 404, 409, 413),
  },
});

const joinByCodeRoute = createRoute({
  method: "post",
  path: "/api/v1/meetings/join",
  operationId: "meetingJoinByCode",
  tags: [TAGS.meetings],
  summary: "Join a meeting by its code",
  description: WORDS,
  security: OPTIONAL_SECURITY,
  middleware: [userOrGuest(signedInToJoin, guestsToJoin), limitBody(16 * KIB)] as const,
  request: {
    body: jsonBody(joinByCodeSchema, {
      meeting_code: "BCD-FGH-JKL",
      password: "123456",
      full_name: "张三",
    }),
  },
  responses: {
    200: data("The data for connecting to the room", joinedSchema),
    ...errors(400, 401, 403, 404, 409, 413),
  },
});

const leaveRoute = createRoute({
  method: "post",
  path: "/api/v1/meetings/{id}/leave",
  operationId: "meetingLeave",
  tags: [TAGS.meetings],
  summary: "Leave a meeting",
  description: "Closes the caller's socket. Repeating the call changes nothing.",
  security: BEARER_SECURITY,
  middleware: [signedIn] as const,
  request: { params: idParams },
  responses: { 200: data("The caller has left the meeting", emptySchema), ...errors(400, 401, 404) },
});

const endRoute = createRoute({
  method: "post",
  path: "/api/v1/meetings/{id}/end",
  operationId: "meetingEnd",
  tags: [TAGS.meetings],
  summary: "End a meeting",
  description:
    "Only the host may do this. The meeting ends for all participants and all sockets close. Repeating the call changes nothing.",
  security: BEARER_SECURITY,
  middleware: [signedIn] as const,
  request: { params: idParams },
  responses: { 200: data("The meeting", meetingSchema), ...errors(400, 401, 403, 404, 409) },
});

const kickRoute = createRoute({
  method: "post",
  path: "/api/v1/meetings/{id}/kick",
  operationId: "meetingKick",
  tags: [TAGS.meetings],
  summary: "Remove a participant",
  description:
    "Only the host may do this. The participant cannot join again, and no guest can join from the participant's network; other accounts on that network still can. A user that never joined the meeting is answered with 1003.",
  security: BEARER_SECURITY,
  middleware: [signedIn, limitBody(16 * KIB)] as const,
  request: { params: idParams, body: jsonBody(z.object({ user_id: z.int() }), { user_id: 2 }) },
  responses: { 200: data("The participant is removed", emptySchema), ...errors(400, 401, 403, 404, 413) },
});

const participantsRoute = createRoute({
  method: "get",
  path: "/api/v1/meetings/{id}/participants",
  operationId: "meetingParticipants",
  tags: [TAGS.meetings],
  summary: "List the participants of a meeting",
  description:
    "Lists present and past participants in the order of joining, at most 1,000. Only the host and accounts that joined may do this.",
  security: BEARER_SECURITY,
  middleware: [signedIn] as const,
  request: { params: idParams },
  responses: {
    200: data("The participants", participantsSchema),
    ...errors(400, 401, 404),
  },
});

const newGuestId = (): number => -1 - (crypto.getRandomValues(new Uint32Array(1))[0] ?? 0);

const joinerOf = async (
  c: AppContext,
  meetingId: number,
  guestName: string | undefined,
): Promise<Joiner | undefined> => {
  const caller = c.get("caller");
  const user = caller?.user;
  const fullName = user ? user.fullName : guestName;
  if (fullName === undefined) return undefined;
  const origin = c.get("services").signer.sign("guest-origin", `${meetingId}:${clientNetwork(c)}`);
  return { userId: user?.id ?? newGuestId(), fullName, origin, sessionId: caller?.sessionId };
};

const signalingUrlOf = (c: AppContext, meetingId: number, userId: number, capability: string): string => {
  const query = `meeting_id=${meetingId}&user_id=${userId}&peer_id=${capability}`;
  return `${answerOrigin(c).replace(/^http/, "ws")}/ws/signaling?${query}`;
};

const join = async (
  c: AppContext,
  meetingId: number,
  { password, full_name }: z.output<typeof joinSchema>,
) => {
  const services = c.get("services");
  const joiner = await joinerOf(c, meetingId, full_name);
  if (!joiner) return fail(c, { code: "session_required" });
  const joined = await services.attendance.join(joiner, meetingId, password ?? undefined);
  if (!joined.ok) {
    const isUnknown = joined.error.code === "not_found";
    return isUnknown ? answerUnknownMeeting(c) : fail(c, joined.error);
  }
  const { meeting, participantId, capability } = joined.value;
  c.header("Cache-Control", "no-store");
  return reply(c, {
    meeting_id: meeting.id,
    participant_id: participantId,
    user_id: joiner.userId,
    full_name: joiner.fullName,
    peer_id: capability,
    signaling_url: signalingUrlOf(c, meeting.id, joiner.userId, capability),
    ice_servers: iceServers(services.settings, joiner.userId, Date.now()),
    is_host: meeting.hostId === joiner.userId,
    is_recording_enabled: meeting.isRecordingEnabled,
    meeting_type: meeting.kind,
    title: meeting.title,
  });
};

export const attendance = newRouter()
  .openapi(joinByCodeRoute, async (c) => {
    const { meeting_code, ...asked } = c.req.valid("json");
    const code = normalizeMeetingCode(meeting_code);
    const found = code ? await c.get("services").meetings.findForJoin({ code }) : undefined;
    return found?.ok ? join(c, found.value.id, asked) : answerUnknownMeeting(c);
  })
  .openapi(joinRoute, (c) => join(c, c.req.valid("param").id, c.req.valid("json") ?? {}))
  .openapi(leaveRoute, async (c) => {
    const left = await c.get("services").attendance.leave(c.get("caller").user.id, c.req.valid("param").id);
    return respond(c, left, () => reply(c, {}));
  })
  .openapi(endRoute, async (c) => {
    const ended = await c.get("services").attendance.end(c.get("caller").user.id, c.req.valid("param").id);
    return respond(c, ended, (value) => reply(c, toMeetingWire(c, value)));
  })
  .openapi(kickRoute, async (c) => {
    const { user_id } = c.req.valid("json");
    const kicked = await c
      .get("services")
      .attendance.kick(c.get("caller").user.id, c.req.valid("param").id, user_id);
    return respond(c, kicked, () => reply(c, {}));
  })
  .openapi(participantsRoute, async (c) => {
    const found = await c
      .get("services")
      .attendance.participants(c.get("caller").user.id, c.req.valid("param").id);
    if (!found.ok) return fail(c, found.error);
    return reply(c, {
      participants: found.value.map((one) => ({
        participant_id: one.id,
        user_id: one.userId,
        full_name: one.fullName,
        is_host: one.isHost,
        is_guest: isGuest(one.userId),
        is_present: one.leftAt === null,
        joined_at: isoTime(one.joinedAt),
        left_at: one.leftAt === null ? null : isoTime(one.leftAt),
      })),
    });
  });
