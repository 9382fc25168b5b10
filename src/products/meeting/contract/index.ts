export {
  avatarSchema,
  fullNameSchema,
  grantSchema,
  newUserSchema,
  profileSchema,
  userSchema,
} from "./accounts.ts";
export {
  iceServerSchema,
  joinByCodeSchema,
  joinedSchema,
  joinSchema,
  participantsSchema,
} from "./attendance.ts";
export { emptySchema, envelope, errorSchema, idParams, pageQuery } from "./common.ts";
export { fieldsSchema, fileSchema, filesSchema } from "./files.ts";
export { FILE_KINDS, MAX_CODE_TEXT } from "./limits.ts";
export {
  invitationSchema,
  meetingChangesSchema,
  meetingSchema,
  meetingsPageSchema,
  newMeetingSchema,
  statusSchema,
} from "./meetings.ts";
export type { ChatMessage, ListedPeer, MediaState, RoomMessage } from "./signaling.ts";
