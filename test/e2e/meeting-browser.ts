import type { Browser, BrowserContextOptions, Page } from "playwright-core";
import { expect } from "vitest";
import { launchChromium } from "../support/chromium.ts";
import { startServer, type TestServer } from "../support/server.ts";

export const PASSWORD = "a good password";

/** Fake camera and microphone, and loopback addresses in ICE candidates. */
const DEVICES = [
  "--use-fake-device-for-media-stream",
  "--use-fake-ui-for-media-stream",
  "--auto-select-desktop-capture-source=Entire screen",
  "--allow-loopback-in-peer-connection",
];

/** The objects of a page that a test can inspect and manipulate. */
interface Watched {
  readonly connections: RTCPeerConnection[];
  readonly sockets: WebSocket[];
  readonly screens: MediaStream[];
  /** Simulates a pulled cable: nothing is sent or received, and no error is reported. */
  isOffline: boolean;
  /** Number of following offers to drop. */
  offersToLose: number;
}

/** The type of `window` inside `page.evaluate`. */
export type WatchedWindow = typeof window & { watched: Watched };

/** Records the connections, sockets and screens of a page, so that a test can check and cut them. */
const watch = () => {
  const connections: RTCPeerConnection[] = [];
  const watched: Watched = { connections, sockets: [], screens: [], isOffline: false, offersToLose: 0 };
  Object.assign(window, { watched });
  const RealSocket = window.WebSocket;
  window.WebSocket = class extends RealSocket {
    constructor(url: string | URL, protocols?: string | string[]) {
      super(watched.isOffline ? "/nowhere" : url, protocols);
      watched.sockets.push(this);
      this.addEventListener("message", (event) => watched.isOffline && event.stopImmediatePropagation());
    }
    override send(data: string) {
      if (watched.isOffline) return;
      if (watched.offersToLose > 0 && data.includes('"type":"offer"')) watched.offersToLose -= 1;
      else super.send(data);
    }
  };
  const share = navigator.mediaDevices.getDisplayMedia.bind(navigator.mediaDevices);
  navigator.mediaDevices.getDisplayMedia = async (options) => {
    const screen = await share(options);
    watched.screens.push(screen);
    return screen;
  };
  const Real = window.RTCPeerConnection;
  window.RTCPeerConnection = class extends Real {
    constructor(configuration?: RTCConfiguration) {
      super(configuration);
      connections.push(this);
    }
  };
};

/** Returns the number of decoded video frames of others, over all connections. */
export const framesDecoded = (page: Page): Promise<number> =>
  page.evaluate(async () => {
    let frames = 0;
    for (const connection of (window as WatchedWindow).watched.connections) {
      if (connection.connectionState === "closed") continue;
      for (const report of (await connection.getStats()).values())
        if (report.type === "inbound-rtp" && report.kind === "video") frames += report.framesDecoded ?? 0;
    }
    return frames;
  });

export const seesOthersMove = async (page: Page): Promise<void> => {
  const before = await framesDecoded(page);
  await expect.poll(() => framesDecoded(page), { timeout: 30_000 }).toBeGreaterThan(before + 10);
};

/** Runs meetings in browsers; each participant has a browser context of its own. */
export class MeetingBrowser {
  private users = 0;
  private hostName: string | undefined;
  /** Errors that a page reported. */
  readonly errors: string[] = [];

  private constructor(
    readonly server: TestServer,
    private readonly browser: Browser,
  ) {}

  static async start(): Promise<MeetingBrowser> {
    const server = await startServer({ vars: { STUN_URLS: "" } });
    return new MeetingBrowser(server, await launchChromium(DEVICES));
  }

  async stop(): Promise<void> {
    await this.browser.close();
    await this.server.stop();
  }

  async open(path = "/meeting", options: BrowserContextOptions = {}, before?: () => void): Promise<Page> {
    const context = await this.browser.newContext({
      baseURL: this.server.origin,
      locale: "en-GB",
      permissions: ["camera", "microphone"],
      ...options,
    });
    const page = await context.newPage();
    await page.addInitScript(watch);
    if (before) await page.addInitScript(before);
    page.on("pageerror", (error) => this.errors.push(error.message));
    page.on("console", (message) => {
      // A refused request, or a socket cut by a test, is not an error of the page.
      const isNetwork = /the server responded|WebSocket connection to/.test(message.text());
      if (message.type() === "error" && !isNetwork) this.errors.push(message.text());
    });
    page.on("dialog", (dialog) => dialog.accept());
    await page.goto(path);
    return page;
  }

  /** Registers a new account over the API. */
  async register(): Promise<string> {
    const username = `person${++this.users}`;
    const answer = await fetch(`${this.server.origin}/api/v1/auth/register`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({
        username,
        email: `${username}@example.com`,
        password: PASSWORD,
        full_name: `Person ${this.users}`,
      }),
    });
    expect(answer.status).toBe(201);
    return username;
  }

  async create(page: Page, title: string, guests = true): Promise<string> {
    await page.getByLabel("Title").fill(title);
    if (guests) await page.getByLabel("Guests may join").check();
    await page.getByRole("button", { name: "Create and enter" }).click();
    await page.waitForURL(/\/meeting\/\d+$/);
    return new URL(page.url()).pathname;
  }

  /** Opens a meeting as its host. The account is the same in all calls. */
  async host(title: string, guests = true): Promise<{ page: Page; path: string }> {
    const page = await this.open();
    this.hostName ??= await this.register();
    await signIn(page, this.hostName);
    const path = await this.create(page, title, guests);
    await joinMeeting(page);
    return { page, path };
  }

  async joinAsGuest(path: string, name: string): Promise<Page> {
    const page = await this.open(path);
    await page.getByRole("button", { name: "Join as a guest" }).click();
    await page.getByLabel("Your name").fill(name);
    await joinMeeting(page);
    return page;
  }
}

export const signIn = async (page: Page, username: string): Promise<void> => {
  await page.getByLabel("E-mail or username").fill(username);
  await page.getByLabel("Password", { exact: true }).fill(PASSWORD);
  await page.getByRole("button", { name: "Sign in", exact: true }).click();
  await page.getByRole("heading", { name: "New meeting" }).waitFor();
};

export const joinMeeting = async (page: Page): Promise<void> => {
  await page.getByRole("button", { name: "Join the meeting" }).click();
  await page.locator('[data-connected="true"]').waitFor();
};

export const others = (page: Page) => page.locator('.person[data-self="false"]');

export const say = async (page: Page, words: string): Promise<void> => {
  await page.getByPlaceholder("Your message").fill(words);
  await page.getByRole("button", { name: "Send", exact: true }).click();
};

export const close = async (...pages: Page[]): Promise<void> => {
  for (const page of pages) await page.context().close();
};
