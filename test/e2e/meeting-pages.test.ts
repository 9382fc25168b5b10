import { mkdirSync } from "node:fs";
import { join } from "node:path";
import type { Browser, BrowserContextOptions, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { hasChromium, launchChromium } from "../support/chromium.ts";
import { startServer, type TestServer } from "../support/server.ts";
import { worstContrast } from "./contrast.ts";

const PHONE = { width: 360, height: 740 };
const SCREENSHOTS = join(import.meta.dirname, "../../artifacts/screenshots");
const PASSWORD = "a good password";

/** A camera and a microphone that make something up, and everybody on this machine. */
const DEVICES = [
  "--use-fake-device-for-media-stream",
  "--use-fake-ui-for-media-stream",
  "--auto-select-desktop-capture-source=Entire screen",
  "--allow-loopback-in-peer-connection",
];

/** The connections and sockets of a page, so that a test can ask what arrived and cut them. */
const keepConnections = () => {
  const connections: RTCPeerConnection[] = [];
  const sockets: WebSocket[] = [];
  Object.assign(window, { connections, sockets });
  const RealSocket = window.WebSocket;
  window.WebSocket = class extends RealSocket {
    constructor(url: string | URL, protocols?: string | string[]) {
      super(url, protocols);
      sockets.push(this);
    }
  };
  const Real = window.RTCPeerConnection;
  window.RTCPeerConnection = class extends Real {
    constructor(configuration?: RTCConfiguration) {
      super(configuration);
      connections.push(this);
    }
  };
};

/** Frames decoded of what others sent, over all connections. */
const framesDecoded = (page: Page): Promise<number> =>
  page.evaluate(async () => {
    let frames = 0;
    for (const connection of (window as unknown as { connections: RTCPeerConnection[] }).connections) {
      if (connection.connectionState === "closed") continue;
      for (const report of (await connection.getStats()).values())
        if (report.type === "inbound-rtp" && report.kind === "video") frames += report.framesDecoded ?? 0;
    }
    return frames;
  });

const seesOthersMove = async (page: Page): Promise<void> => {
  const before = await framesDecoded(page);
  await expect.poll(() => framesDecoded(page), { timeout: 30_000 }).toBeGreaterThan(before + 10);
};

describe.skipIf(!hasChromium())("a meeting in a browser", () => {
  let server: TestServer;
  let browser: Browser;
  const errors: string[] = [];

  beforeAll(async () => {
    mkdirSync(SCREENSHOTS, { recursive: true });
    server = await startServer({ vars: { STUN_URLS: "" } });
    browser = await launchChromium(DEVICES);
  });

  afterAll(async () => {
    await browser?.close();
    await server?.stop();
  });

  const open = async (path = "/meeting", options: BrowserContextOptions = {}): Promise<Page> => {
    const context = await browser.newContext({
      baseURL: server.origin,
      locale: "en-GB",
      permissions: ["camera", "microphone"],
      ...options,
    });
    const page = await context.newPage();
    await page.addInitScript(keepConnections);
    page.on("pageerror", (error) => errors.push(error.message));
    page.on("console", (message) => {
      // A refused request is no fault of the page.
      if (message.type() === "error" && !message.text().includes("the server responded"))
        errors.push(message.text());
    });
    page.on("dialog", (dialog) => dialog.accept());
    await page.goto(path);
    return page;
  };

  let users = 0;
  const register = async (): Promise<string> => {
    const username = `host${++users}`;
    const answer = await fetch(`${server.origin}/api/v1/auth/register`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({
        username,
        email: `${username}@example.com`,
        password: PASSWORD,
        full_name: `Person ${users}`,
      }),
    });
    expect(answer.status).toBe(201);
    return username;
  };

  const signIn = async (page: Page, username: string): Promise<void> => {
    await page.getByLabel("E-mail or username").fill(username);
    await page.getByLabel("Password", { exact: true }).fill(PASSWORD);
    await page.getByRole("button", { name: "Sign in", exact: true }).click();
    await page.getByRole("heading", { name: "New meeting" }).waitFor();
  };

  const create = async (page: Page, title: string, guests = true): Promise<string> => {
    await page.getByLabel("Title").fill(title);
    if (guests) await page.getByLabel("Guests may join").check();
    await page.getByRole("button", { name: "Create and enter" }).click();
    await page.waitForURL(/\/meeting\/\d+$/);
    return new URL(page.url()).pathname;
  };

  const joinMeeting = async (page: Page): Promise<void> => {
    await page.getByRole("button", { name: "Join the meeting" }).click();
    await page.locator('[data-connected="true"]').waitFor();
  };

  const joinAsGuest = async (path: string, name: string): Promise<Page> => {
    const page = await open(path);
    await page.getByRole("button", { name: "Join as a guest" }).click();
    await page.getByLabel("Your name").fill(name);
    await joinMeeting(page);
    return page;
  };

  const host = async (title: string, guests = true): Promise<{ page: Page; path: string }> => {
    const page = await open();
    await signIn(page, await register());
    const path = await create(page, title, guests);
    await joinMeeting(page);
    return { page, path };
  };

  const others = (page: Page) => page.locator('.person[data-self="false"]');

  const close = async (...pages: Page[]): Promise<void> => {
    for (const page of pages) await page.context().close();
  };

  it("shows two people each other's moving picture, carries their words, and says who left", async () => {
    const { page: ann, path } = await host("Weekly");
    const bob = await joinAsGuest(path, "Bob");
    await Promise.all([seesOthersMove(ann), seesOthersMove(bob)]);
    const shown = await others(ann)
      .locator("video")
      .evaluate((video) => {
        const { videoWidth, paused } = video as HTMLVideoElement;
        return { videoWidth, paused };
      });
    expect(shown).toEqual({ videoWidth: 640, paused: false });

    await bob.getByPlaceholder("Your message").fill("Can you see me?");
    await bob.getByRole("button", { name: "Send", exact: true }).click();
    await ann.getByText("Can you see me?").waitFor();
    await ann.getByPlaceholder("Your message").fill("Yes!");
    await ann.getByRole("button", { name: "Send", exact: true }).click();
    await bob.getByText("Yes!").waitFor();

    await bob.getByRole("button", { name: "Raise hand" }).click();
    await others(ann).getByText("hand raised").waitFor();
    await bob.getByRole("button", { name: "Mute", exact: true }).click();
    await others(ann).getByText("muted").waitFor();
    await ann.screenshot({ path: join(SCREENSHOTS, "meeting-room.png"), fullPage: true });

    await bob.getByRole("button", { name: "Leave" }).click();
    await bob.locator('[data-ending="left"]').waitFor();
    await others(ann).waitFor({ state: "detached" });
    await ann.getByText("People 1").waitFor();
    await close(ann, bob);
  });

  it("brings three together, shares a screen, and goes on when a connection breaks off", async () => {
    const { page: ann, path } = await host("Three");
    const bob = await joinAsGuest(path, "Bob");
    const eve = await joinAsGuest(path, "Eve");
    await ann.getByText("People 3").waitFor();
    await Promise.all([ann, bob, eve].map(seesOthersMove));

    await eve.getByRole("button", { name: "Share screen" }).click();
    await eve.getByRole("button", { name: "Stop sharing" }).waitFor();
    await seesOthersMove(ann);
    await eve.getByRole("button", { name: "Stop sharing" }).click();

    await bob.evaluate(() => {
      for (const socket of (window as unknown as { sockets: WebSocket[] }).sockets) socket.close(3_000);
    });
    await bob.locator('[data-connected="false"]').waitFor();
    await bob.locator('[data-connected="true"]').waitFor();
    await bob.getByPlaceholder("Your message").fill("still here");
    await bob.getByRole("button", { name: "Send", exact: true }).click();
    await ann.getByText("still here").waitFor();
    await close(bob, eve, ann);
  });

  it("lets the host send somebody away, and end it for all", async () => {
    const { page: ann, path } = await host("Strict");
    const bob = await joinAsGuest(path, "Bob");
    const eve = await joinAsGuest(path, "Eve");
    await ann.getByText("People 3").waitFor();
    await ann
      .getByRole("listitem")
      .filter({ hasText: "Bob" })
      .getByRole("button", { name: "Send away" })
      .click();
    await bob.locator('[data-ending="kicked"]').waitFor();
    await ann.getByText("People 2").waitFor();
    await ann.getByRole("button", { name: "End for all" }).click();
    await Promise.all([ann, eve].map((page) => page.locator('[data-ending="ended"]').waitFor()));
    await close(ann, bob, eve);
  });

  it("shares files, and keeps a recording among them that can be played", async () => {
    const { page } = await host("Recorded");
    await page.getByLabel("Share a file").setInputFiles({
      name: "agenda.txt",
      mimeType: "text/plain",
      buffer: Buffer.from("1. Begin\n2. End\n"),
    });
    const download = page.waitForEvent("download");
    await page.getByRole("button", { name: /agenda\.txt/ }).click();
    expect((await download).suggestedFilename()).toBe("agenda.txt");

    await page.getByRole("button", { name: "Record", exact: true }).click();
    await page.waitForTimeout(2_500);
    // The network is away when the recording is sent for the first time.
    let cuts = 0;
    await page.route("**/api/v1/media/uploads/*", (route) =>
      route.request().method() === "PATCH" && cuts++ === 0
        ? route.abort("internetdisconnected")
        : route.continue(),
    );
    await page.getByRole("button", { name: "Stop recording" }).click();
    await page.getByText("The recording is among").waitFor({ timeout: 30_000 });
    expect(cuts).toBeGreaterThan(1);
    const film = await page.evaluate(async () => {
      const meetingId = location.pathname.split("/").at(-1);
      const headers = { authorization: `Bearer ${localStorage.getItem("meeting-token")}` };
      const listed = await fetch(`/api/v1/media/files?meeting_id=${meetingId}`, { headers });
      const [file] = (await listed.json()).data.files;
      const answer = await fetch(`/api/v1/media/files/${file.file_id}/download`, { headers });
      const bytes = new Uint8Array(await answer.arrayBuffer());
      const base64 = btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""));
      return { kind: file.file_type, type: file.mime_type, base64 };
    });
    expect(film).toMatchObject({ kind: "recording", type: "video/webm" });
    // The page itself may not show what is no file of the site.
    const player = await page.context().newPage();
    const played = await player.evaluate(async (base64) => {
      const video = document.createElement("video");
      video.muted = true;
      video.src = `data:video/webm;base64,${base64}`;
      await new Promise((resolve) => video.addEventListener("loadeddata", resolve));
      await video.play();
      await new Promise((resolve) => setTimeout(resolve, 700));
      return { width: video.videoWidth, at: video.currentTime };
    }, film.base64);
    expect(played.width).toBe(1_280);
    expect(played.at).toBeGreaterThan(0.2);
    await close(page);
  });

  it("asks whoever has no account for a name, and keeps guests out where the host wants none", async () => {
    const { page: ann, path } = await host("Closed", false);
    const bob = await open(path);
    await bob.getByRole("button", { name: "Join as a guest" }).click();
    await bob.getByLabel("Your name").fill("Bob");
    await bob.getByRole("button", { name: "Join the meeting" }).click();
    await bob.getByRole("alert").waitFor();
    await bob.getByRole("button", { name: "Sign in with an account" }).click();
    await bob.getByLabel("E-mail or username").fill(await register());
    await bob.getByLabel("Password", { exact: true }).fill(PASSWORD);
    await bob.getByRole("button", { name: "Sign in", exact: true }).click();
    await joinMeeting(bob);
    await seesOthersMove(bob);
    await close(ann, bob);
  });

  it("lets somebody in who has neither camera nor microphone", async () => {
    const { page: ann, path } = await host("Mixed");
    const context = await browser.newContext({ baseURL: server.origin, locale: "en-GB" });
    const page = await context.newPage();
    await page.addInitScript(keepConnections);
    await page.addInitScript(() => {
      navigator.mediaDevices.getUserMedia = () => Promise.reject(new Error("there is none"));
    });
    await page.goto(path);
    await page.getByText("No camera or microphone here").waitFor();
    await page.getByRole("button", { name: "Join as a guest" }).click();
    await page.getByLabel("Your name").fill("Listener");
    await joinMeeting(page);
    await seesOthersMove(page);
    await close(ann, page);
  });

  it.each(["light", "dark"] as const)(
    "fits a phone and can be read in %s, in Chinese",
    async (colorScheme) => {
      const options = { viewport: PHONE, locale: "zh-CN", colorScheme } as const;
      const check = async (page: Page, name: string): Promise<void> => {
        const width = await page.evaluate(() => document.documentElement.scrollWidth);
        expect(width, name).toBeLessThanOrEqual(PHONE.width);
        const { ratio, text } = await worstContrast(page);
        expect(ratio, `${name}: ${text}`).toBeGreaterThanOrEqual(4.5);
      };
      const { page: ann, path } = await host("周会");
      const bob = await open(path, options);
      await bob.getByRole("button", { name: "以访客身份加入" }).click();
      await check(bob, "lobby");
      await bob.screenshot({ path: join(SCREENSHOTS, `meeting-lobby-phone-${colorScheme}.png`) });
      await bob.getByLabel("你的名字").fill("小明");
      await bob.getByRole("button", { name: "加入会议" }).click();
      await bob.locator('[data-connected="true"]').waitFor();
      await seesOthersMove(bob);
      await check(bob, "room");
      await bob.screenshot({
        path: join(SCREENSHOTS, `meeting-room-phone-${colorScheme}.png`),
        fullPage: true,
      });
      await close(ann, bob);
    },
  );

  it("has had no error in any of this", () => {
    expect(errors.filter((error) => !/WebSocket|ERR_INTERNET_DISCONNECTED/.test(error))).toEqual([]);
  });
});
