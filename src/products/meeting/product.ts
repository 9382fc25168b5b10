import { preflight } from "../../http/cors.ts";
import type { Product } from "../../http/product.ts";
import { newRouter } from "../../http/validation.ts";
import { MAX_RECORDING_BYTES } from "./domain/facts.ts";
import { renderError } from "./errors.ts";
import { ai, MAX_SPEECH_BODY } from "./operations/ai.ts";
import { attendance } from "./operations/attendance.ts";
import { auth } from "./operations/auth.ts";
import { files, MAX_FILE_BODY } from "./operations/files.ts";
import { meetings } from "./operations/meetings.ts";
import { signaling } from "./operations/signaling.ts";
import { UPLOADS_PATH, uploads } from "./operations/uploads.ts";
import { users } from "./operations/users.ts";
import { meetingPages } from "./pages/meeting.tsx";
import { meetingServices } from "./services.ts";

const router = newRouter();
// Mounted first: tus answers OPTIONS with more headers than a CORS preflight has.
router.route("/", uploads);
for (const path of ["auth/*", "users/profile", "users/password", "meetings", "meetings/*", "media/*", "ai/*"])
  router.options(`/api/v1/${path}`, preflight);
for (const operation of [auth, users, attendance, meetings, files, ai, signaling, meetingPages])
  router.route("/", operation);

router.openAPIRegistry.registerComponent("securitySchemes", "MeetingBearer", {
  type: "http",
  scheme: "bearer",
  bearerFormat: "JWT",
  description: "The access token that login or refresh returns. It is valid for 24 hours.",
});

const OWNED =
  /^\/(api\/v1\/(auth\/(register|login|refresh|logout)$|users\/(profile|password)$|(meetings|media|ai)(\/|$))|ws\/signaling$|meeting(\/|$))/;

const SIGNALING = [
  "Signaling: open a WebSocket to the `signaling_url` that joining returns, and send `join` first. The room answers",
  '`{"type":"joined","peer_id","peers","chat"}` and sends `user-joined` to the other peers. A peer has two ids. The `peer_id` in',
  "these messages is public and opens no socket. The `peer_id` that joining returns opens the socket, and the room never sends",
  "it to another peer; a client that received it from its owner may address the peer by it. `from_peer_id` and `to_peer_id`",
  "accept either id. The room delivers a message with the public id of the sender in `from_peer_id`, and in `to_peer_id` the id",
  "that joining returned to the receiver. The room sends `offer`, `answer` and `ice-candidate` to one peer, in order, and",
  "`chat`, `media-state` and `raise-hand` to all peers. A participant without an account has `is_guest`, and a name of their own choice.",
  "`file-shared` (`file_id`, `file_name`, `file_size`, `file_type`, `user_id`) and `file-removed` (`file_id`) announce changes of the",
  "meeting's files. When a socket breaks, its peer has 15 s to reconnect before the others receive `user-left`. The chat of an",
  "empty room is deleted after a day, and an empty meeting ends by itself a day after its `end_time`. If a client sends the text",
  "`ping` before it joins, the room treats it as disconnected after 20 s of silence.",
].join(" ");

export const meeting = {
  name: "meeting",
  title: "Meeting",
  description: `Meetings, WebRTC signaling rooms, shared files, AI audio. ${SIGNALING}`,
  version: "1.0.0",
  card: {
    about: {
      "zh-CN": "视频会议、信令与语音智能处理。",
      en: "Video meetings, signaling and AI speech processing.",
    },
    page: { href: "/meeting", label: { "zh-CN": "视频会议", en: "Video meetings" } },
  },
  router,
  renderError,
  owns: (path) => OWNED.test(path),
  streamsBody: (path) => path === "/api/v1/media/upload" || path.startsWith(UPLOADS_PATH),
  maxBodyBytes: (path) => {
    if (path === "/api/v1/media/upload") return MAX_FILE_BODY;
    if (path.startsWith(UPLOADS_PATH)) return MAX_RECORDING_BYTES;
    return path.startsWith("/api/v1/ai/") ? MAX_SPEECH_BODY : undefined;
  },
  openToAllOrigins: (path) => path.startsWith("/api/v1/"),
  claims: {
    path: /^\/api\/v1\/auth\/(register|login)$/,
    isMine: (path, body) => (path.endsWith("login") ? "username" in body : "full_name" in body),
  },
  services: meetingServices,
  jobs: { meetings: ({ attendance }) => attendance.endOverdue() },
  dailyJobs: { meeting_passwords: ({ meetings }) => meetings.reencryptPasswords() },
} satisfies Product;
