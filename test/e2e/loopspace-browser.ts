import { mkdirSync } from "node:fs";
import { join } from "node:path";
import type { Browser, BrowserContextOptions, Page } from "playwright-core";
import { expect } from "vitest";
import { writeWav } from "../../src/products/meeting/domain/speech/audio.ts";
import { launchChromium } from "../support/chromium.ts";
import { startServer, type TestServer } from "../support/server.ts";

const SCREENSHOTS = join(import.meta.dirname, "../../artifacts/screenshots");
export const PASSWORD = "a good password";
export const PHONE = { width: 360, height: 740 };

/** Returns a tone that gets louder, as a file for a form. */
export const toneFile = (seconds: number, name = "tone.wav") => {
  const sampleRate = 8_000;
  const samples = Float32Array.from({ length: seconds * sampleRate }, (_, i) => {
    const loudness = 0.1 + (0.8 * i) / (seconds * sampleRate);
    return loudness * Math.sin((2 * Math.PI * 330 * i) / sampleRate);
  });
  return { name, mimeType: "audio/wav", buffer: Buffer.from(writeWav({ sampleRate, channels: [samples] })) };
};

let accounts = 0;

/** Starts a server and a browser, and collects the errors of the pages. */
export const startBrowsing = async () => {
  mkdirSync(SCREENSHOTS, { recursive: true });
  // All guests and accounts of these tests share one IP address.
  const vars = {
    LOOPSPACE_GUEST_LIMIT: "6000",
    LOOPSPACE_REGISTER_LIMIT: "100",
    REGISTER_NETWORK_LIMIT: "100",
  };
  const server: TestServer = await startServer({ vars });
  const browser: Browser = await launchChromium();
  const errors: string[] = [];

  const open = async (path: string, options: BrowserContextOptions = {}): Promise<Page> => {
    const context = await browser.newContext({ baseURL: server.origin, locale: "en-GB", ...options });
    const page = await context.newPage();
    page.on("pageerror", (error) => errors.push(error.message));
    page.on("console", (message) => {
      // A refused request is not an error of the page.
      if (message.type() === "error" && !message.text().includes("the server responded"))
        errors.push(message.text());
    });
    page.on("dialog", (dialog) => dialog.accept());
    await page.goto(path);
    return page;
  };

  return {
    server,
    errors,
    open,
    stop: async () => {
      await browser.close();
      await server.stop();
    },
    shoot: (page: Page, name: string) =>
      page.screenshot({ path: join(SCREENSHOTS, `loopspace-${name}.png`), fullPage: true }),
    /** Calls the API, with a token if one is given. */
    call: async <T>(token: string | undefined, path: string, method = "GET", body?: unknown): Promise<T> => {
      const answer = await fetch(`${server.origin}/api/v1${path}`, {
        method,
        headers: {
          ...(token !== undefined && { authorization: `Bearer ${token}` }),
          ...(body !== undefined && { "content-type": "application/json" }),
        },
        ...(body !== undefined && { body: JSON.stringify(body) }),
      });
      if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${await answer.text()}`);
      return (await answer.json()) as T;
    },
  };
};

export type Browsing = Awaited<ReturnType<typeof startBrowsing>>;

/** Registers an account at the sign-in page that the browser was redirected to. */
export const register = async (page: Page): Promise<string> => {
  const username = `artist${++accounts}`;
  await page.getByRole("button", { name: "No account yet? Register" }).click();
  await page.getByLabel("Username").fill(username);
  await page.getByLabel("E-mail").fill(`${username}@example.com`);
  await page.getByLabel("Password").fill(PASSWORD);
  await page.getByRole("button", { name: "Register", exact: true }).click();
  return username;
};

interface Upload {
  readonly title: string;
  readonly seconds: number;
  readonly fields?: Readonly<Record<string, string>>;
}

/** Uploads a track with the console's form, waits until it is ready, and returns the path of its page. */
export const uploadTrack = async (page: Page, { title, seconds, fields = {} }: Upload): Promise<string> => {
  const form = page.locator("form").filter({ has: page.locator("[name=file]") });
  await form.locator("[name=file]").setInputFiles(toneFile(seconds));
  await form.getByLabel("Title").fill(title);
  for (const [label, value] of Object.entries(fields)) await form.getByLabel(label).fill(value);
  await form.getByRole("button", { name: "Upload a track" }).click();
  const row = page.locator('[data-status="ready"]').filter({ hasText: title });
  await row.waitFor({ timeout: 30_000 });
  return (await row.getByRole("link", { name: title }).getAttribute("href")) ?? "";
};

export const fits = async (page: Page, what: string): Promise<void> => {
  const overflow = await page.evaluate(
    () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
  );
  expect(overflow, `${what} scrolls sideways`).toBeLessThanOrEqual(0);
};

/** Returns the state of the page's player. */
export const playerState = (page: Page) =>
  page.evaluate(() => {
    const audio = document.querySelector("audio");
    const played = document.querySelector("[data-played]");
    return {
      at: audio?.currentTime ?? -1,
      isPaused: audio?.paused ?? true,
      source: audio?.currentSrc ?? "",
      /** 0 to 1 */
      played: Number(played?.getAttribute("width")) / Number(played?.getAttribute("data-played")),
    };
  });
