import { mkdirSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser, BrowserContextOptions, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { hasChromium, launchChromium } from "../support/chromium.ts";
import { pngBytes } from "../support/fakes/png.ts";
import { startServer, type TestServer } from "../support/server.ts";
import { worstContrast } from "./contrast.ts";

const PHONE = { width: 360, height: 740 };
const SCREENSHOTS = join(import.meta.dirname, "../../artifacts/screenshots");
const PASSWORD = "a good password";

describe.skipIf(!hasChromium())("the studio in a browser", () => {
  let server: TestServer;
  let browser: Browser;
  const errors: string[] = [];

  beforeAll(async () => {
    mkdirSync(SCREENSHOTS, { recursive: true });
    server = await startServer();
    browser = await launchChromium();
  });

  afterAll(async () => {
    await browser?.close();
    await server?.stop();
  });

  const open = async (options: BrowserContextOptions = {}): Promise<Page> => {
    const context = await browser.newContext({ baseURL: server.origin, locale: "en-GB", ...options });
    const page = await context.newPage();
    page.on("pageerror", (error) => errors.push(error.message));
    page.on("console", (message) => {
      // A refused request is not an error of the page.
      if (message.type() === "error" && !message.text().includes("the server responded"))
        errors.push(message.text());
    });
    page.on("dialog", (dialog) => dialog.accept("not mine to show"));
    await page.goto("/studio");
    return page;
  };

  let users = 0;
  const register = async (page: Page): Promise<string> => {
    const username = `painter${++users}`;
    await page.getByRole("button", { name: "No account yet? Register" }).click();
    await page.getByLabel("Username").fill(username);
    await page.getByLabel("E-mail").fill(`${username}@example.com`);
    await page.getByLabel("Password").fill(PASSWORD);
    await page.getByRole("button", { name: "Register", exact: true }).click();
    await page.getByRole("link", { name: "Create" }).waitFor();
    return username;
  };

  const signIn = async (page: Page, name: string, password = PASSWORD): Promise<void> => {
    await page.getByLabel("E-mail or username").fill(name);
    await page.getByLabel("Password").fill(password);
    await page.getByRole("button", { name: "Sign in", exact: true }).click();
    await page.getByRole("link", { name: "Create" }).waitFor();
  };

  const fits = async (page: Page): Promise<void> => {
    const width = await page.evaluate(() => document.documentElement.scrollWidth);
    expect(width).toBeLessThanOrEqual(page.viewportSize()?.width ?? 0);
  };

  it("shows images while they are generated, keeps them and publishes them on the square", async () => {
    const page = await open();
    await register(page);
    await page.locator('[data-live="true"]').waitFor();
    await page.locator("[name=prompt]").fill("a lighthouse at dusk");
    await page.getByLabel("Images").selectOption("2");
    expect(await page.getByText("Costs 2 credits").count()).toBe(1);
    await page.getByRole("button", { name: "Generate" }).click();
    const done = page.locator('[data-state="task_complete"]');
    await done.waitFor();
    expect(await done.locator("img").count()).toBe(2);
    const isDrawn = await done
      .locator("img")
      .first()
      .evaluate(async (image) => {
        await (image as HTMLImageElement).decode();
        return (image as HTMLImageElement).naturalWidth;
      });
    expect(isDrawn).toBe(1_024);
    await page.getByText("Computing power 48").waitFor();
    await page.screenshot({ path: join(SCREENSHOTS, "studio-create.png"), fullPage: true });

    await page.getByRole("link", { name: "Works" }).click();
    await page.getByRole("button", { name: /a lighthouse at dusk/ }).click();
    const dialog = page.getByRole("dialog");
    await dialog.getByLabel("New title").fill("Dusk");
    await dialog.getByRole("button", { name: "Rename" }).click();
    await dialog.getByRole("heading", { name: "Dusk" }).waitFor();
    await dialog.getByRole("button", { name: "Show on the square" }).click();
    await dialog.getByRole("button", { name: "Remove from the square" }).waitFor();
    await page.screenshot({ path: join(SCREENSHOTS, "studio-work.png") });
    const download = page.waitForEvent("download");
    await dialog.getByRole("link", { name: "Download" }).click();
    expect((await download).suggestedFilename()).toContain("Dusk");
    await dialog.getByRole("button", { name: "Close" }).click();
    await dialog.waitFor({ state: "detached" });

    const other = await open();
    await register(other);
    await other.getByRole("link", { name: "Square" }).click();
    await other.getByRole("button", { name: /Dusk/ }).click();
    const post = other.getByRole("dialog");
    await post.getByText("1 view").waitFor();
    await post.getByRole("button", { name: "Like" }).click();
    await post.getByRole("button", { name: "Like", pressed: true }).waitFor();
    await post.getByRole("button", { name: "Add to favourites" }).click();
    await post.getByRole("button", { name: "Add to favourites", pressed: true }).waitFor();
    await other.screenshot({ path: join(SCREENSHOTS, "studio-post.png") });
    await post.getByRole("button", { name: "Report" }).click();
    await post.getByText("Reported, thank you").waitFor();
    await post.getByRole("button", { name: "Close" }).click();
    await other.getByRole("button", { name: "Favourites" }).click();
    await other.getByRole("button", { name: /Dusk/ }).waitFor();

    const stranger = await open();
    await stranger.getByRole("button", { name: /Dusk/ }).click();
    await stranger.getByRole("dialog").getByRole("img", { name: "Dusk" }).first().waitFor();
    expect(await stranger.getByRole("button", { name: "Like" }).count()).toBe(0);
    await stranger.getByRole("dialog").getByRole("button", { name: "Close" }).click();
    await stranger.getByRole("heading", { name: "Sign in" }).waitFor();
    await stranger.screenshot({ path: join(SCREENSHOTS, "studio-stranger.png"), fullPage: true });
    await other.screenshot({ path: join(SCREENSHOTS, "studio-square.png") });
    await other.context().close();
    await page.context().close();
  });

  it("stays disconnected in favour of 50 newer connections, and reconnects on request", async () => {
    const page = await open();
    await register(page);
    await page.locator('[data-live="true"]').waitFor();
    await page.locator("[name=prompt]").fill("not yet sent");
    const token = await page.evaluate(() => localStorage.getItem("studio-token"));
    let opened = 0;
    page.on("websocket", () => opened++);
    const address = `${server.origin.replace("http", "ws")}/ws?token=${token}`;
    const sockets = Array.from({ length: 50 }, () => new WebSocket(address));
    await page.locator("[data-displaced]").waitFor();
    await page.getByText("Paused").waitFor();
    await page.screenshot({ path: join(SCREENSHOTS, "studio-displaced.png") });
    // Longer than the page waits before it reconnects after other disconnections.
    await page.waitForTimeout(1_500);
    expect(opened).toBe(0);
    const displaced = Promise.race(
      sockets.map(
        (socket) => new Promise((resolve) => socket.addEventListener("close", ({ code }) => resolve(code))),
      ),
    );
    await page.getByRole("button", { name: "Continue on this page" }).click();
    await page.locator('[data-live="true"]').waitFor();
    expect(await displaced).toBe(4_429);
    expect(await page.locator("[data-displaced]").count()).toBe(0);
    expect(await page.locator("[name=prompt]").inputValue()).toBe("not yet sent");
    for (const socket of sockets) socket.close();
    await page.context().close();
  });

  it("makes a playable video from an uploaded picture", async () => {
    const page = await open();
    await register(page);
    await page.locator('[data-live="true"]').waitFor();
    await page.getByRole("button", { name: "Video", exact: true }).click();
    await page.locator("[name=prompt]").fill("waves");
    await page.getByLabel("Seconds").selectOption("3");
    const picture = join(tmpdir(), "ensemble-studio.png");
    writeFileSync(picture, pngBytes(160, 90));
    await page.getByLabel("Start from a picture").setInputFiles(picture);
    await page.getByRole("button", { name: "Generate" }).click();
    await page.locator('[data-state="task_complete"] video').waitFor({ timeout: 60_000 });
    const facts = await page.evaluate(async () => {
      const video = document.querySelector("video");
      if (!video) throw new Error("no player");
      video.muted = true;
      await video.play();
      await new Promise((resolve) => setTimeout(resolve, 800));
      return { width: video.videoWidth, at: video.currentTime };
    });
    expect(facts.width).toBe(640);
    expect(facts.at).toBeGreaterThan(0.2);
    await page.context().close();
  });

  it("cancels, reports errors, and recovers after a lost connection", async () => {
    const page = await open();
    await register(page);
    await page.locator('[data-live="true"]').waitFor();
    await page.getByRole("button", { name: "Video", exact: true }).click();
    await page.locator("[name=prompt]").fill("a long one");
    await page.getByLabel("Seconds").selectOption("10");
    await page.getByLabel("Resolution").selectOption("1080p");
    await page.getByRole("button", { name: "Generate" }).click();
    await page.getByRole("button", { name: "Cancel" }).click();
    await page.locator('[data-state="task_failed"]').waitFor();
    await page.getByText("Computing power 50").waitFor();
    await page.context().setOffline(true);
    await page.getByRole("button", { name: "Generate" }).click();
    await page.getByText("Connection failed").waitFor();
    await page.context().setOffline(false);
    await page.locator('[data-live="true"]').waitFor();
    await page.context().close();
  });

  it("chats with the assistant and uses its prompt", async () => {
    const page = await open();
    await register(page);
    await page.getByRole("link", { name: "Assistant" }).click();
    await page.getByPlaceholder("What would you like to see?").fill("draw an orange cat");
    await page.getByRole("button", { name: "Send" }).click();
    await page.getByText("sandbox assistant").waitFor();
    await page.getByRole("button", { name: "Use as prompt" }).waitFor();
    await page.screenshot({ path: join(SCREENSHOTS, "studio-assistant.png") });
    await page.getByRole("button", { name: "Use as prompt" }).click();
    expect(await page.locator("[name=prompt]").inputValue()).toContain("an orange cat, ");
    await page.getByRole("link", { name: "Assistant" }).click();
    await page.getByRole("button", { name: "draw an orange cat", exact: true }).click();
    await page.getByText("sandbox assistant").waitFor();
    await page.getByRole("button", { name: /^Delete/ }).click();
    await page.getByText("Ask how to turn an idea").waitFor();
    await page.context().close();
  });

  it("sells computing power and VIP, and signs out", async () => {
    const page = await open();
    const name = await register(page);
    await page.getByRole("link", { name: "Account" }).click();
    await page.getByRole("button", { name: "Pay" }).first().click();
    await page.getByText("Computing power 150").waitFor();
    await page.getByRole("button", { name: "Pay" }).last().click();
    await page.getByText("VIP until").waitFor();
    await page.screenshot({ path: join(SCREENSHOTS, "studio-account.png"), fullPage: true });
    await page.getByRole("button", { name: "Sign out" }).click();
    await page.getByRole("heading", { name: "Sign in" }).waitFor();
    await page.getByLabel("E-mail or username").fill(name);
    await page.getByLabel("Password").fill("another password");
    await page.getByRole("button", { name: "Sign in", exact: true }).click();
    await page.getByRole("alert").waitFor();
    await signIn(page, name);
    await page.context().close();
  });

  it("redirects to the sign-in page when the session ends elsewhere", async () => {
    const page = await open();
    const name = await register(page);
    await page.locator('[data-live="true"]').waitFor();
    const answer = await fetch(`${server.origin}/api/auth/login`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ email: name, password: PASSWORD }),
    });
    const { accessToken } = (await answer.json()) as { accessToken: string };
    await fetch(`${server.origin}/api/users/password`, {
      method: "PUT",
      headers: { "content-type": "application/json", authorization: `Bearer ${accessToken}` },
      body: JSON.stringify({ currentPassword: PASSWORD, newPassword: `${PASSWORD}!` }),
    });
    await page.getByRole("heading", { name: "Sign in" }).waitFor();
    await page.context().close();
  });

  it("lets administrators choose and add providers and take works down", async () => {
    const page = await open();
    await signIn(page, "admin", server.vars.ADMIN_PASSWORD);
    await page.getByRole("link", { name: "Administration" }).click();
    await page.locator("select[name=image]").selectOption("dalle|dall-e-3");
    await page.getByRole("button", { name: "Save" }).click();
    await page.getByText("Saved").waitFor();
    await page.getByLabel("Name").fill("Mine");
    await page.getByLabel("Address").fill("https://10.0.0.1/v1");
    await page.getByLabel("Key").fill("sk-secret");
    await page.getByRole("button", { name: "Add a provider" }).click();
    await page.getByText("public https URL").waitFor();
    await page.getByLabel("Address").fill(`${server.origin}/nobody/v1`);
    await page.getByRole("button", { name: "Add a provider" }).click();
    await page.locator("[data-custom]").waitFor();
    await page.getByRole("button", { name: "Test" }).click();
    await page.getByText("cannot be reached").waitFor();
    await page.locator("[data-report]").getByRole("button", { name: "Take down" }).click();
    await page.locator("[data-report]").getByRole("button", { name: "Restore" }).waitFor();
    await page.screenshot({ path: join(SCREENSHOTS, "studio-admin.png"), fullPage: true });
    await page.context().close();
  });

  it.each(["light", "dark"] as const)(
    "fits a phone and is readable in %s, in Chinese",
    async (colorScheme) => {
      const page = await open({ viewport: PHONE, locale: "zh-CN", colorScheme });
      await page.getByRole("button", { name: "还没有账号？注册" }).waitFor();
      await fits(page);
      await page.getByLabel("邮箱或用户名").fill("admin");
      await page.getByLabel("密码").fill(server.vars.ADMIN_PASSWORD ?? "");
      await page.getByRole("button", { name: "登录", exact: true }).click();
      for (const tab of ["创作", "作品", "广场", "助手", "账户", "管理"]) {
        await page.getByRole("link", { name: tab, exact: true }).click();
        await page.waitForTimeout(300);
        await fits(page);
        const { ratio, text } = await worstContrast(page);
        expect(ratio, `${tab}: ${text}`).toBeGreaterThanOrEqual(4.5);
        if (tab === "创作")
          await page.screenshot({ path: join(SCREENSHOTS, `studio-phone-${colorScheme}.png`) });
      }
      await page.context().close();
    },
  );

  it("shows a message that it needs JavaScript", async () => {
    const page = await open({ javaScriptEnabled: false });
    expect(await page.textContent("noscript, main")).toContain("needs JavaScript");
    await page.context().close();
  });

  it("causes no error on any page", () => {
    expect(errors.filter((error) => !/WebSocket|ERR_INTERNET_DISCONNECTED/.test(error))).toEqual([]);
  });
});
