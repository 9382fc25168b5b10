import { preflight } from "../../http/cors.ts";
import type { Product } from "../../http/product.ts";
import { newRouter } from "../../http/validation.ts";
import { renderError } from "./errors.ts";
import { accountSettings } from "./operations/account-settings.ts";
import { accounts } from "./operations/accounts.ts";
import { assistant } from "./operations/assistant.ts";
import { customProviders } from "./operations/custom-providers.ts";
import { generateImages } from "./operations/generate-images.ts";
import { generateVideos } from "./operations/generate-videos.ts";
import { profile } from "./operations/profile.ts";
import { providers } from "./operations/providers.ts";
import { purchases } from "./operations/purchases.ts";
import { socket } from "./operations/socket.ts";
import { square } from "./operations/square.ts";
import { tasks } from "./operations/tasks.ts";
import { MAX_PICTURE_BODY, MAX_VIDEO_BODY, uploads } from "./operations/uploads.ts";
import { works } from "./operations/works.ts";
import { studioPage } from "./pages/studio.tsx";
import { studioServices } from "./services.ts";

const PARTS = ["user", "generate", "works", "square", "assistant", "upload", "config"] as const;

const router = newRouter();
for (const part of [...PARTS, "auth"]) router.options(`/api/v1/${part}/*`, preflight);
router.options("/api/v1/works", preflight);
const operations = [
  accounts,
  profile,
  accountSettings,
  purchases,
  generateImages,
  generateVideos,
  tasks,
  works,
  square,
  assistant,
  uploads,
  providers,
  customProviders,
  socket,
  studioPage,
];
for (const operation of operations) router.route("/", operation);

router.openAPIRegistry.registerComponent("securitySchemes", "StudioBearer", {
  type: "http",
  scheme: "bearer",
  bearerFormat: "JWT",
  description: "The token that register or login returns. It is valid for 24 hours.",
});

const OWNED = new RegExp(`^/(api/v1/(auth/(register|login)$|ws$|(${PARTS.join("|")})(/|$))|ws$|studio(/|$))`);
const TOKEN_ONLY = /^\/api\/v1\//;

const SOCKET = [
  "Live updates: WebSocket at `/ws?token=` (or `/api/v1/ws`; the token also as `Authorization` header or as",
  "subprotocol `bearer, <token>`). It first sends the state of each running task, and then each change:",
  '`{"type":"task_progress","taskId","progress","status"}`, `{"type":"task_complete","taskId","result"}`,',
  '`{"type":"task_failed","taskId","error"}`. `ping` is answered by `pong`. It closes with 4401 on a bad token, when the',
  "token expires and when the session ends. When the account opens more than 50 connections, the oldest one closes with",
  "4429, and its client must not reconnect by itself.",
].join(" ");

export const studio = {
  name: "studio",
  title: "Studio",
  description: `AI images and videos, works, the public square, a streaming assistant, providers. ${SOCKET}`,
  version: "1.0.0",
  card: {
    about: {
      "zh-CN": "图片与视频创作、作品广场与智能助手。",
      en: "Create images and videos, publish them on the square, and use an assistant.",
    },
    page: { href: "/studio", label: { "zh-CN": "创作工作室", en: "Open the studio" } },
  },
  router,
  renderError,
  owns: (path) => OWNED.test(path),
  openToAllOrigins: (path) => TOKEN_ONLY.test(path),
  streamsBody: (path) => path === "/api/v1/upload/video",
  maxBodyBytes: (path) => {
    if (path === "/api/v1/upload/video") return MAX_VIDEO_BODY;
    if (path === "/api/v1/upload/image") return MAX_PICTURE_BODY;
    // The routes check their own, smaller limits, which give a more precise error.
    return path.startsWith("/api/v1/generate/image-to-") ? MAX_PICTURE_BODY : undefined;
  },
  services: studioServices,
  jobs: { square: ({ square }) => square.prune() },
} satisfies Product;
