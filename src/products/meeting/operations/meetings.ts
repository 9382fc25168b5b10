import { createRoute, z } from "@hono/zod-openapi";
import { KIB, limitBody } from "../../../http/body.ts";
import { newRouter } from "../../../http/validation.ts";
import { isoTime } from "../../../lib/clock.ts";
import {
  idParams,
  invitationSchema,
  MAX_CODE_TEXT,
  meetingChangesSchema,
  meetingSchema,
  meetingsPageSchema,
  newMeetingSchema,
  pageQuery,
  statusSchema,
} from "../contract/index.ts";
import { normalizeMeetingCode } from "../domain/meetings/index.ts";
import { answerUnknownMeeting, signedIn, signedInToJoin } from "../limits.ts";
import { respond } from "../respond.ts";
import { reply, toMeetingWire } from "../to-wire.ts";
import { BEARER_SECURITY, data, errors, jsonBody, TAGS } from "./operation.ts";

const createMeetingRoute = createRoute({
  method: "post",
  path: "/api/v1/meetings",
  operationId: "meetingCreate",
  tags: [TAGS.meetings],
  summary: "Create a meeting",
  description: "The caller becomes the host. `join_url` is the page of the meeting.",
  security: BEARER_SECURITY,
  middleware: [signedIn, limitBody(64 * KIB)] as const,
  request: {
    body: jsonBody(newMeetingSchema, {
      title: "团队周会",
      description: "讨论本周进展",
      start_time: "2030-10-03T10:00:00Z",
      end_time: "2030-10-03T11:00:00Z",
      max_participants: 100,
      meeting_type: "video",
      is_recording_enabled: false,
      allow_guests: false,
      password: "123456",
    }),
  },
  responses: { 201: data("The meeting", meetingSchema), ...errors(400, 401, 413) },
});

const listRoute = createRoute({
  method: "get",
  path: "/api/v1/meetings",
  operationId: "meetingList",
  tags: [TAGS.meetings],
  summary: "List the caller's meetings",
  description: "Lists the meetings that the caller hosts or has joined, latest `start_time` first.",
  security: BEARER_SECURITY,
  middleware: [signedIn] as const,
  request: { query: pageQuery.extend({ status: statusSchema.optional() }) },
  responses: {
    200: data("One page of meetings", meetingsPageSchema),
    ...errors(400, 401),
  },
});

const getRoute = createRoute({
  method: "get",
  path: "/api/v1/meetings/{id}",
  operationId: "meetingGet",
  tags: [TAGS.meetings],
  summary: "Get a meeting",
  description: "Only the host and accounts that joined may do this. Any other meeting is not found.",
  security: BEARER_SECURITY,
  middleware: [signedIn] as const,
  request: { params: idParams },
  responses: { 200: data("The meeting", meetingSchema), ...errors(400, 401, 404) },
});

const codeRoute = createRoute({
  method: "get",
  path: "/api/v1/meetings/code/{code}",
  operationId: "meetingByCode",
  tags: [TAGS.meetings],
  summary: "Find a meeting by its code",
  description: "Returns what an invited caller needs to join.",
  security: BEARER_SECURITY,
  middleware: [signedInToJoin] as const,
  request: {
    params: z.object({
      code: z
        .string()
        .max(MAX_CODE_TEXT)
        .openapi({ param: { name: "code", in: "path" } }),
    }),
  },
  responses: { 200: data("The meeting", invitationSchema), ...errors(400, 401, 404) },
});

const updateRoute = createRoute({
  method: "put",
  path: "/api/v1/meetings/{id}",
  operationId: "meetingUpdate",
  tags: [TAGS.meetings],
  summary: "Update a meeting",
  description:
    "Only the host may do this, until the meeting has ended. Fields that are not sent keep their value. A `password` of null removes the password.",
  security: BEARER_SECURITY,
  middleware: [signedIn, limitBody(64 * KIB)] as const,
  request: {
    params: idParams,
    body: jsonBody(meetingChangesSchema, {
      title: "团队周会（改期）",
      start_time: "2030-10-10T10:00:00Z",
      end_time: "2030-10-10T11:00:00Z",
    }),
  },
  responses: { 200: data("The meeting", meetingSchema), ...errors(400, 401, 403, 404, 409, 413) },
});

const cancelRoute = createRoute({
  method: "delete",
  path: "/api/v1/meetings/{id}",
  operationId: "meetingCancel",
  tags: [TAGS.meetings],
  summary: "Cancel a meeting",
  description:
    "Only the host may do this, before the first participant has joined. End a meeting that is in progress instead.",
  security: BEARER_SECURITY,
  middleware: [signedIn] as const,
  request: { params: idParams },
  responses: { 200: data("The meeting", meetingSchema), ...errors(400, 401, 403, 404, 409) },
});

const blank = (password: string | null | undefined): string | null | undefined =>
  password === "" ? null : password;

export const meetings = newRouter()
  .openapi(createMeetingRoute, async (c) => {
    const asked = c.req.valid("json");
    const made = await c.get("services").meetings.create(c.get("caller").user.id, {
      title: asked.title,
      description: asked.description,
      kind: asked.meeting_type,
      startAt: asked.start_time ?? Date.now(),
      endAt: asked.end_time ?? null,
      maxParticipants: asked.max_participants,
      isRecordingEnabled: asked.is_recording_enabled,
      allowsGuests: asked.allow_guests,
      password: blank(asked.password) ?? undefined,
    });
    return respond(c, made, (value) => reply(c, toMeetingWire(c, value), { status: 201 }));
  })
  .openapi(listRoute, async (c) => {
    const { status, page, page_size } = c.req.valid("query");
    const listed = await c
      .get("services")
      .meetings.list(c.get("caller").user.id, { status, page, limit: page_size });
    return reply(c, {
      meetings: listed.meetings.map((meeting) => ({
        ...toMeetingWire(c, meeting),
        participants_count: meeting.participantsCount,
      })),
      total: listed.total,
      page,
      page_size,
    });
  })
  .openapi(codeRoute, async (c) => {
    const code = normalizeMeetingCode(c.req.valid("param").code);
    const found = code ? await c.get("services").meetings.findForJoin({ code }) : undefined;
    if (!found?.ok) return answerUnknownMeeting(c);
    const { id, title, startAt, status, kind, hasPassword } = found.value;
    return reply(c, {
      meeting_id: id,
      title,
      start_time: isoTime(startAt),
      status,
      meeting_type: kind,
      has_password: hasPassword,
    });
  })
  .openapi(getRoute, async (c) => {
    const found = await c.get("services").meetings.find(c.get("caller").user.id, c.req.valid("param").id);
    return respond(c, found, (value) => reply(c, toMeetingWire(c, value)));
  })
  .openapi(updateRoute, async (c) => {
    const asked = c.req.valid("json");
    const changed = await c
      .get("services")
      .meetings.update(c.get("caller").user.id, c.req.valid("param").id, {
        ...(asked.title === undefined ? {} : { title: asked.title }),
        ...(asked.description === undefined ? {} : { description: asked.description }),
        ...(asked.meeting_type === undefined ? {} : { kind: asked.meeting_type }),
        ...(asked.start_time === undefined ? {} : { startAt: asked.start_time }),
        ...(asked.end_time === undefined ? {} : { endAt: asked.end_time }),
        ...(asked.max_participants === undefined ? {} : { maxParticipants: asked.max_participants }),
        ...(asked.is_recording_enabled === undefined
          ? {}
          : { isRecordingEnabled: asked.is_recording_enabled }),
        ...(asked.allow_guests === undefined ? {} : { allowsGuests: asked.allow_guests }),
        ...(asked.password === undefined ? {} : { password: blank(asked.password) ?? null }),
      });
    return respond(c, changed, (value) => reply(c, toMeetingWire(c, value)));
  })
  .openapi(cancelRoute, async (c) => {
    const cancelled = await c
      .get("services")
      .meetings.cancel(c.get("caller").user.id, c.req.valid("param").id);
    return respond(c, cancelled, (value) => reply(c, toMeetingWire(c, value)));
  });
