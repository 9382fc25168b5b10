import { createExecutionContext, waitOnExecutionContext } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { handle } from "../../src/app.ts";
import { originOf } from "../../src/platform/origins.ts";
import { settingsOf } from "../../src/platform/settings.ts";
import { qrSvg, verifyUrl } from "../../src/products/musicqr/print/qr-code.ts";
import { toneWav } from "../support/audio.ts";
import { jsonBody, newAddress } from "../support/http.ts";
import { newMeeting, newMeetingUser } from "../support/meeting.ts";
import { newSyncedCode, signedIn } from "../support/musicqr.ts";
import { envWithGateways } from "../support/payments.ts";
import { as, bearer, newUser } from "../support/sora.ts";
import { metadataOf } from "../support/tus.ts";

const PUBLIC = "https://ensemble.cn";
const EVIL = "http://evil.example.net";
const PNG = Buffer.from(
  "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==",
  "base64",
);

interface Sent {
  readonly to: string;
  readonly text: string;
}

const mails: Sent[] = [];
const MAIL = { send: async (mail: Sent) => void mails.push(mail) };

const base = {
  ...envWithGateways,
  MAIL,
  ENVIRONMENT: "production",
  PUBLIC_ORIGIN: PUBLIC,
  MAIL_FROM: "no-reply@ensemble.cn",
  SANDBOX_PROVIDERS: "true",
};
const PRODUCTION = base as typeof env & typeof base;
const PRODUCT_HOSTS = JSON.stringify({
  "verify.ensemble.cn": "musicqr",
  "check.ensemble.cn": "musicqr",
  "video.ensemble.cn": "sora",
  "meet.ensemble.cn": "meeting",
});
const WITH_HOSTS = { ...PRODUCTION, PRODUCT_HOSTS };
const DEVELOPMENT = {
  ...PRODUCTION,
  ENVIRONMENT: "development",
  PUBLIC_ORIGIN: undefined,
  LOCAL_ORIGINS: "http://localhost:9000, http://192.168.1.20:9000",
};

/** Headers with which a proxy, or a client that imitates one, names another host. */
const FORWARDED = {
  "x-forwarded-host": "evil.example.net",
  "x-forwarded-proto": "gopher",
  "x-original-host": "evil.example.net",
  forwarded: "host=evil.example.net;proto=http",
};

const askAs = async (
  settings: object,
  url: string,
  init: RequestInit = {},
  /** Whether to wait for work after the answer, such as mails. */
  waits = false,
): Promise<Response> => {
  const headers = new Headers(init.headers);
  headers.set("cf-connecting-ip", newAddress());
  for (const [name, value] of Object.entries(FORWARDED)) headers.set(name, value);
  const context = createExecutionContext();
  const request = new Request(url, { redirect: "manual", ...init, headers });
  const response = await handle(request, { ...env, ...settings } as typeof env, context);
  if (waits) await waitOnExecutionContext(context);
  return response;
};

/** Requests a password reset under this origin and returns the link in its mail. */
const resetLink = async (settings: object, origin: string): Promise<string> => {
  const user = await newUser();
  mails.length = 0;
  await askAs(settings, `${origin}/api/auth/forgot-password`, jsonBody({ email: user.email }), true);
  expect(mails.map(({ to }) => to)).toEqual([user.email]);
  return /https?:\/\/\S+/.exec(mails[0]?.text ?? "")?.[0] ?? "";
};

describe("a mail's link", () => {
  it.each([
    ["another host", PRODUCTION, EVIL],
    ["a product's own host", WITH_HOSTS, "https://video.ensemble.cn"],
    ["the public host with another port and scheme", PRODUCTION, "http://ensemble.cn:8080"],
  ])("leads to the public origin when the request names %s", async (_, settings, origin) => {
    expect(await resetLink(settings, origin)).toMatch(/^https:\/\/ensemble\.cn\/reset-password\?token=/);
  });

  it("leads to the address of npm start in development", async () => {
    expect(await resetLink(DEVELOPMENT, EVIL)).toMatch(/^http:\/\/localhost:9000\/reset-password\?token=/);
  });
});

const rechargeUrl = async (settings: object, origin: string): Promise<URL> => {
  const user = await newUser();
  const order = { credits: 100, paymentMethod: "ALIPAY" };
  const answer = await askAs(settings, `${origin}/api/credits/recharge`, as(user, "POST", order));
  const { payment } = (await answer.json()) as { payment: { url: string } };
  return new URL(payment.url);
};

describe("a payment", () => {
  it.each([EVIL, "https://video.ensemble.cn"])(
    "requested under %s is notified at the public origin",
    async (origin) => {
      const { searchParams } = await rechargeUrl(WITH_HOSTS, origin);
      expect(searchParams.get("notify_url")).toBe(`${PUBLIC}/payments/alipay/notify`);
    },
  );

  it("returns to the requested host when that is configured, and otherwise to the public origin", async () => {
    const returnOf = async (origin: string) =>
      (await rechargeUrl(WITH_HOSTS, origin)).searchParams.get("return_url");
    expect(await returnOf("https://video.ensemble.cn")).toBe("https://video.ensemble.cn/payments/return");
    expect(await returnOf(EVIL)).toBe(`${PUBLIC}/payments/return`);
  });
});

/** Collects all URLs in the answers of several endpoints, by kind. */
const addressesAt = async (settings: object, origin: string) => {
  const [user, host] = await Promise.all([newUser(), newMeetingUser()]);
  const ask = (path: string, init?: RequestInit) => askAs(settings, origin + path, init);
  const json = async <T>(path: string, init?: RequestInit) => (await (await ask(path, init)).json()) as T;
  const meeting = await newMeeting(host);
  const [shown, joined] = await Promise.all([
    json<{ data: { join_url: string } }>(`/api/v1/meetings/${meeting.meeting_id}`, as(host)),
    json<{ data: { signaling_url: string } }>(
      `/api/v1/meetings/${meeting.meeting_id}/join`,
      as(host, "POST", {}),
    ),
  ]);
  const form = new FormData();
  form.set("avatar", new File([PNG], "a.png", { type: "image/png" }));
  const avatar = await json<{ avatarUrl: string }>("/api/users/avatar", {
    method: "POST",
    headers: bearer(user),
    body: form,
  });
  const audio = new FormData();
  audio.set("file", new File([toneWav(1)], "a.wav", { type: "audio/wav" }));
  audio.set("title", "a");
  const track = await json<Record<string, string>>("/api/v1/audio/upload", {
    method: "POST",
    headers: bearer(user),
    body: audio,
  });
  const tus = await ask("/api/v1/audio/uploads", {
    method: "POST",
    headers: {
      ...bearer(user),
      "tus-resumable": "1.0.0",
      "upload-length": "10",
      "upload-metadata": metadataOf({ filename: "a.wav" }),
    },
  });
  const metadata = await json<{ issuer: string }>("/.well-known/oauth-authorization-server");
  const document = await json<{ servers: { url: string }[] }>("/api-docs.json");
  return {
    joinUrl: shown.data.join_url,
    signalingUrl: joined.data.signaling_url,
    avatarUrl: avatar.avatarUrl,
    track: Object.values(track).filter((value) => /^https?:/.test(String(value))),
    location: tus.headers.get("location"),
    issuer: metadata.issuer,
    server: document.servers[0]?.url,
  };
};

describe("URLs in answers", () => {
  it.each([
    ["the public origin in production", PRODUCTION, PUBLIC],
    ["the address of npm start in development", DEVELOPMENT, "http://localhost:9000"],
  ])("begin with %s when the request names another host", async (_, settings, origin) => {
    const { track, signalingUrl, ...all } = await addressesAt(settings, EVIL);
    for (const [name, address] of Object.entries(all))
      expect([name, new URL(address ?? "").origin]).toEqual([name, origin]);
    expect(new URL(signalingUrl.replace(/^ws/, "http")).origin).toBe(origin);
    expect(track.length).toBeGreaterThan(0);
    expect(new Set(track.map((address) => new URL(address).origin))).toEqual(new Set([origin]));
  });

  it.each([
    [PRODUCTION, "http://ensemble.cn:8080", PUBLIC],
    [PRODUCTION, "http://localhost", PUBLIC],
    [PRODUCTION, "https://ensemble.cn.evil.example.net", PUBLIC],
    [PRODUCTION, "https://video.ensemble.cn", PUBLIC],
    [WITH_HOSTS, "http://video.ensemble.cn:6666", "https://video.ensemble.cn"],
    [WITH_HOSTS, "https://other.ensemble.cn", PUBLIC],
    [DEVELOPMENT, "http://127.0.0.1:1234", "http://127.0.0.1:1234"],
    [DEVELOPMENT, "http://[::1]:1234", "http://[::1]:1234"],
    [DEVELOPMENT, "http://127.0.0.1.evil.example.net", "http://localhost:9000"],
    [DEVELOPMENT, "http://192.168.1.20:9000", "http://192.168.1.20:9000"],
    [DEVELOPMENT, "http://192.168.1.20:9001", "http://localhost:9000"],
    [{ ...DEVELOPMENT, PUBLIC_ORIGIN: PUBLIC }, EVIL, PUBLIC],
    [{ ...DEVELOPMENT, LOCAL_ORIGINS: undefined }, EVIL, "http://localhost:8787"],
  ])("begin only with a configured origin (case %#)", (settings, asked, origin) => {
    expect(originOf(settingsOf({ ...env, ...settings } as typeof env), `${asked}/path?query`)).toBe(origin);
  });

  it("begin with a product's own host when the request used it, without its port", async () => {
    const host = await newMeetingUser();
    const meeting = await newMeeting(host);
    const shown = await askAs(
      WITH_HOSTS,
      `http://meet.ensemble.cn:6666/api/v1/meetings/${meeting.meeting_id}`,
      as(host),
    );
    const { data } = (await shown.json()) as { data: { join_url: string } };
    expect(data.join_url).toBe(`https://meet.ensemble.cn/meeting/${meeting.meeting_id}`);
  });
});

describe("a printed QR code", () => {
  const printed = async (settings: object, origin: string) => {
    const [code, headers] = [await newSyncedCode(), await signedIn()];
    const answer = await askAs(settings, `${origin}/admin/api/codes/${code}/qr`, { headers });
    return { code, svg: await answer.text() };
  };

  it.each([
    ["MusicQR's host when the admin uses another host", WITH_HOSTS, EVIL, "https://verify.ensemble.cn"],
    [
      "the one of MusicQR's hosts that the admin uses",
      WITH_HOSTS,
      "https://check.ensemble.cn",
      "https://check.ensemble.cn",
    ],
    ["the public origin without such a host", PRODUCTION, EVIL, PUBLIC],
    [
      "the configured origin in development, also on loopback",
      { ...DEVELOPMENT, PUBLIC_ORIGIN: PUBLIC },
      "http://localhost:9000",
      PUBLIC,
    ],
    [
      "the address the admin uses in development",
      DEVELOPMENT,
      "http://192.168.1.20:9000",
      "http://192.168.1.20:9000",
    ],
  ])("encodes a URL of %s", async (_, settings, asked, origin) => {
    const { code, svg } = await printed(settings, asked);
    expect(svg).toBe(qrSvg(verifyUrl(origin, code)));
  });
});
