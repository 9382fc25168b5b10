import type { Scope } from "../../core/access/index.ts";
import { preflight } from "../../http/cors.ts";
import type { Product } from "../../http/product.ts";
import { newRouter } from "../../http/validation.ts";
import { DAY_MS } from "../../lib/clock.ts";
import { consumeTracks } from "./audio-consumer.ts";
import { renderError } from "./errors.ts";
import { audio } from "./operations/audio.ts";
import { audioFiles } from "./operations/audio-files.ts";
import { audioLists } from "./operations/audio-lists.ts";
import { audioUpload, MAX_AUDIO_UPLOAD_BODY } from "./operations/audio-upload.ts";
import { AUDIO_UPLOADS_PATH, audioUploads } from "./operations/audio-uploads.ts";
import { developerApps } from "./operations/developer-apps.ts";
import { developerGrants } from "./operations/developer-grants.ts";
import { developerKeys } from "./operations/developer-keys.ts";
import { developerSession } from "./operations/developer-session.ts";
import { developerUsage } from "./operations/developer-usage.ts";
import { oauthAuthorize } from "./operations/oauth-authorize.ts";
import { oauthMetadata } from "./operations/oauth-metadata.ts";
import { oauthToken } from "./operations/oauth-token.ts";
import { oauthTokenState } from "./operations/oauth-token-state.ts";
import { purchases } from "./operations/purchases.ts";
import { users } from "./operations/users.ts";
import { webhookDeliveries } from "./operations/webhook-deliveries.ts";
import { webhooks } from "./operations/webhooks.ts";
import { consolePage } from "./pages/console.tsx";
import { frontPage } from "./pages/front.tsx";
import { profilePage } from "./pages/profile.tsx";
import { trackPage } from "./pages/track.tsx";
import { trackPicture } from "./pages/track-picture.ts";
import { loopspaceServices } from "./services.ts";
import { registerWebhookEvents } from "./webhook-events.ts";

const PARTS = ["users", "audio", "developer"] as const;

const router = newRouter();
// Before the preflight routes: its OPTIONS handler also lists the server's tus capabilities.
router.route("/", audioUploads);
for (const part of PARTS) router.options(`/api/v1/${part}/*`, preflight);
router.options("/api/oauth/*", preflight);
const operations = [
  oauthMetadata,
  oauthAuthorize,
  oauthToken,
  oauthTokenState,
  developerSession,
  developerApps,
  developerKeys,
  developerUsage,
  developerGrants,
  webhookDeliveries,
  webhooks,
  // Before `audio`: its route `/audio/{audioId}` also matches `/audio/popular`.
  audioLists,
  purchases,
  audioUpload,
  audioFiles,
  audio,
  users,
  frontPage,
  trackPage,
  trackPicture,
  profilePage,
  consolePage,
];
for (const operation of operations) router.route("/", operation);

registerWebhookEvents(router);

const SCOPE_MEANINGS: Readonly<Record<Scope, string>> = {
  "audio:read": "Listen to and search audio, including the account's private tracks",
  "audio:write": "Upload, change and delete audio",
  "users:read": "Read user profiles",
  "users:write": "Follow users, change the account's profile picture",
  webhooks: "Manage webhooks; an application manages only its own",
  purchases: "Spend the account's credits on audio",
};

type SecurityScheme = Parameters<typeof router.openAPIRegistry.registerComponent<"securitySchemes">>[2];

const schemes: Readonly<Record<string, SecurityScheme>> = {
  LoopspaceKey: { type: "http", scheme: "bearer", description: "An API key, `lsk_live_…` or `lsk_test_…`." },
  LoopspaceSession: {
    type: "http",
    scheme: "bearer",
    bearerFormat: "JWT",
    description: "An access token that any product of the platform issued at sign-in.",
  },
  OAuthClientBasic: {
    type: "http",
    scheme: "basic",
    description:
      "`client_id` and `client_secret` of an application, each form-encoded first (RFC 6749, 2.3.1).",
  },
  LoopspaceOAuth: {
    type: "oauth2",
    description: "The access token of an application.",
    flows: {
      authorizationCode: {
        authorizationUrl: "/api/oauth/authorize",
        tokenUrl: "/api/oauth/token",
        refreshUrl: "/api/oauth/token",
        scopes: SCOPE_MEANINGS,
      },
      clientCredentials: { tokenUrl: "/api/oauth/token", scopes: SCOPE_MEANINGS },
    },
  },
};
for (const [name, scheme] of Object.entries(schemes))
  router.openAPIRegistry.registerComponent("securitySchemes", name, scheme);

/** The paths of this product. `users/profile` and `users/password` are excluded: they belong to Meeting. */
const OWNED =
  /^\/(api\/v1\/((audio|developer)(\/|$)|users\/(?!(profile|password)$))|api\/oauth\/|\.well-known\/oauth-(authorization-server$|protected-resource(\/|$))|loopspace(\/|$))/;

/** Paths that any origin may call: they accept no cookie, so another site cannot use a visitor's session. */
const OPEN = /^\/(api\/(v1|oauth\/(token|revoke))(\/|$)|\.well-known\/)/;

const isUpload = (path: string): boolean =>
  path === "/api/v1/audio/upload" || path.startsWith(`${AUDIO_UPLOADS_PATH}/`) || path === AUDIO_UPLOADS_PATH;

export const loopspace = {
  name: "loopspace",
  title: "Loopspace",
  description: "OAuth 2, API keys, audio hosting with waveforms, user profiles, webhooks, SDKs.",
  version: "1.0.0",
  card: {
    about: {
      "zh-CN": "OAuth、API 密钥、音频与 Webhook。",
      en: "OAuth, API keys, audio and webhooks.",
    },
    page: { href: "/loopspace", label: { "zh-CN": "发现音频", en: "Discover audio" } },
  },
  router,
  renderError,
  owns: (path) => OWNED.test(path),
  streamsBody: isUpload,
  maxBodyBytes: (path) => (isUpload(path) ? MAX_AUDIO_UPLOAD_BODY : undefined),
  openToAllOrigins: (path) => OPEN.test(path),
  services: loopspaceServices,
  consumers: {
    audio: consumeTracks(({ audioProcessor }, id) => audioProcessor.process(id)),
    "audio-dead": consumeTracks(({ audioProcessor }, id) => audioProcessor.giveUp(id)),
  },
  jobs: {
    audio: ({ audioProcessor }) => audioProcessor.sweep(),
    audio_plays: ({ audioLibrary }) => audioLibrary.prune(2 * DAY_MS),
  },
} satisfies Product;
