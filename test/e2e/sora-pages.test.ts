import { mkdirSync } from "node:fs";
import { join } from "node:path";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { hasChromium, launchChromium } from "../support/chromium.ts";
import { startServer, type TestServer } from "../support/server.ts";
import { worstContrast } from "./contrast.ts";

const PHONE = { width: 360, height: 740 };
const SCREENSHOTS = join(import.meta.dirname, "../../artifacts/screenshots");
const PROMPT = "海边的日落，a lighthouse in the evening sun";

describe.skipIf(!hasChromium())("Sora in a browser", () => {
  let server: TestServer;
  let browser: Browser;
  let token = "";

  const call = async <T>(path: string, body?: unknown): Promise<T> => {
    const answer = await fetch(server.origin + path, {
      method: "POST",
      headers: { "content-type": "application/json", authorization: `Bearer ${token}` },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    if (!answer.ok) throw new Error(`${path} answered ${answer.status}: ${await answer.text()}`);
    return (
      answer.headers.get("content-type")?.includes("json") ? answer.json() : answer.text()
    ) as Promise<T>;
  };

  beforeAll(async () => {
    mkdirSync(SCREENSHOTS, { recursive: true });
    server = await startServer();
    browser = await launchChromium();
    const identity = { email: "watcher@example.com", username: "watcher", password: "a good password" };
    token = (await call<{ accessToken: string }>("/api/auth/register", identity)).accessToken;
  });

  afterAll(async () => {
    await browser?.close();
    await server?.stop();
  });

  const open = async (
    path: string,
    locale = "en-GB",
    colorScheme: "light" | "dark" = "light",
  ): Promise<Page> => {
    const context = await browser.newContext({
      baseURL: server.origin,
      locale,
      viewport: PHONE,
      colorScheme,
    });
    const page = await context.newPage();
    await page.goto(path);
    return page;
  };

  const shared = async (aspectRatio: string): Promise<string> => {
    const stream = await call<string>("/api/videos/generate-stream", {
      prompt: PROMPT,
      duration: 3,
      aspectRatio,
    });
    const { id } = JSON.parse(/.*data: (.+)/s.exec(stream)?.[1]?.split("\n")[0] ?? "{}") as { id: string };
    return (await call<{ shareUrl: string }>(`/api/videos/${id}/share`)).shareUrl;
  };

  it.each([
    ["16:9", 640, 360],
    ["9:16", 360, 640],
  ])("plays a shared video of %s for every visitor with the link", async (ratio, width, height) => {
    const page = await open(await shared(ratio));
    const facts = await page.evaluate(async () => {
      const video = document.querySelector("video");
      if (!video) throw new Error("no player");
      video.muted = true;
      await video.play();
      await new Promise((resolve) => setTimeout(resolve, 1_000));
      const { videoWidth, videoHeight, duration, currentTime } = video;
      return { videoWidth, videoHeight, duration, currentTime };
    });
    expect(facts).toMatchObject({ videoWidth: width, videoHeight: height });
    expect(facts.duration).toBeCloseTo(3, 1);
    expect(facts.currentTime).toBeGreaterThan(0.3);
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(PHONE.width);
    await page.screenshot({ path: join(SCREENSHOTS, `sora-share-${ratio.replace(":", "x")}.png`) });
    await page.context().close();
  });

  it.each(["light", "dark"] as const)("is readable in %s, in both languages", async (scheme) => {
    for (const [locale, text] of [
      ["zh-CN", "链接无效或已过期"],
      ["en-GB", "not valid"],
    ] as const) {
      const page = await open("/reset-password?token=made-up", locale, scheme);
      expect(await page.textContent("main")).toContain(text);
      const { ratio, text: worst } = await worstContrast(page);
      expect(ratio, worst).toBeGreaterThanOrEqual(4.5);
      await page.context().close();
    }
  });

  it("reports that a video is no longer shared", async () => {
    const page = await open("/share/nothing-here", "en-GB");
    expect(await page.textContent("h1")).toContain("This video does not exist or is no longer shared");
    await page.context().close();
  });
});
