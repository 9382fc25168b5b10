import { MAX_RECORDING_BYTES } from "../../core/meetings/index.ts";
import { preflight } from "../../http/cors.ts";
import type { Product } from "../../http/product.ts";
import { newRouter } from "../../http/validation.ts";
import { renderError } from "./errors.ts";
import { meetingPages } from "./pages/meeting.tsx";
import { ai, MAX_AUDIO_BODY } from "./routes/ai.ts";
import { attendance } from "./routes/attendance.ts";
import { auth } from "./routes/auth.ts";
import { files, MAX_FILE_BODY } from "./routes/files.ts";
import { meetings } from "./routes/meetings.ts";
import { signaling } from "./routes/signaling.ts";
import { UPLOADS_PATH, uploads } from "./routes/uploads.ts";
import { users } from "./routes/users.ts";

const router = newRouter();
// First: what it answers to OPTIONS is more than a preflight.
router.route("/", uploads);
for (const path of ["auth/*", "users/profile", "users/password", "meetings", "meetings/*", "media/*", "ai/*"])
  router.options(`/api/v1/${path}`, preflight);
for (const operation of [auth, users, attendance, meetings, files, ai, signaling, meetingPages])
  router.route("/", operation);

router.openAPIRegistry.registerComponent("securitySchemes", "MeetingBearer", {
  type: "http",
  scheme: "bearer",
  bearerFormat: "JWT",
  description: "The access token of login or refresh; 24 hours.",
});

const OWNED =
  /^\/(api\/v1\/(auth\/(register|login|refresh|logout)$|users\/(profile|password)$|(meetings|media|ai)(\/|$))|ws\/signaling$|meeting(\/|$))/;

const SIGNALING = [
  "Signaling: the WebSocket at the `signaling_url` that joining gives. Send `join` first; it is answered by",
  '`{"type":"joined","peer_id","peers","chat"}`, and the others hear `user-joined`. The `peer_id` of those is what all know a',
  "peer by, and it opens no socket. The room tells no other peer what joining gave; a client that was given it by its owner may",
  "address the peer by it. `from_peer_id` and `to_peer_id` take either name; receivers are shown the public one of the sender,",
  "and as `to_peer_id` the one that joining gave them. `offer`, `answer` and `ice-candidate` go to one",
  "peer in order, `chat`, `media-state` and `raise-hand` to all. Who has no account is `is_guest`: their name is what they gave.",
  "`file-shared` (`file_id`, `file_name`, `file_size`, `file_type`, `user_id`) and `file-removed` (`file_id`) tell of files. A",
  "dropped socket has 15 s to come back before the others hear `user-left`. What was said in a room nobody is in is forgotten",
  "after a day, and a meeting nobody is in ends by itself a day after its `end_time`. A client that sends the text `ping` before it joins is taken for gone after 20 s of silence.",
].join(" ");

export const meeting: Product = {
  name: "meeting",
  title: "Meeting",
  description: `Meetings, WebRTC signaling rooms, shared files, AI audio. ${SIGNALING}`,
  version: "1.0.0",
  router,
  renderError,
  owns: (path) => OWNED.test(path),
  streamsBody: (path) => path === "/api/v1/media/upload" || path.startsWith(UPLOADS_PATH),
  maxBodyBytes: (path) => {
    if (path === "/api/v1/media/upload") return MAX_FILE_BODY;
    if (path.startsWith(UPLOADS_PATH)) return MAX_RECORDING_BYTES;
    return path.startsWith("/api/v1/ai/") ? MAX_AUDIO_BODY : undefined;
  },
  openToAllOrigins: (path) => path.startsWith("/api/v1/"),
};
