import { createHmac } from "node:crypto";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { hasChromium } from "../support/chromium.ts";
import { type Received, startWebhookReceiver } from "../support/fakes/webhook-receiver.ts";
import { worstContrast } from "./contrast.ts";
import {
  type Browsing,
  fits,
  PASSWORD,
  PHONE,
  register,
  startBrowsing,
  toneFile,
} from "./loopspace-browser.ts";

interface Me {
  readonly id: string;
  readonly username: string;
}

describe.skipIf(!hasChromium())("the developer console in a browser", () => {
  let on: Browsing;
  let receiver: Awaited<ReturnType<typeof startWebhookReceiver>>;
  let developer = "";

  beforeAll(async () => {
    on = await startBrowsing();
    receiver = await startWebhookReceiver();
  });

  afterAll(async () => {
    receiver?.stop();
    await on?.stop();
  });

  const openNew = async (tab: string): Promise<Page> => {
    const page = await on.open(`/loopspace/console#${tab}`, {
      permissions: ["clipboard-read", "clipboard-write"],
    });
    developer = await register(page);
    await page.getByRole("navigation", { name: "Developer console" }).waitFor();
    return page;
  };

  /** Returns a secret that is shown once, and dismisses the message. */
  const takeSecret = async (page: Page): Promise<string> => {
    const shown = page.getByRole("status").filter({ hasText: "not shown again" });
    const secret = (await shown.locator("code").textContent()) ?? "";
    await shown.getByRole("button", { name: "Copy" }).click();
    await shown.getByRole("button", { name: "Copied" }).waitFor();
    expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(secret);
    await shown.getByRole("button", { name: "I have it" }).click();
    await shown.waitFor({ state: "detached" });
    return secret;
  };

  const statusWith = async (key: string): Promise<number> =>
    (await fetch(`${on.server.origin}/api/v1/users/me`, { headers: { authorization: `Bearer ${key}` } }))
      .status;

  it("creates a working key, shows it once and revokes it", async () => {
    const page = await openNew("keys");
    await page.getByLabel("Name").fill("the server");
    await page.getByLabel("Expires").selectOption("30");
    await page.getByLabel("webhooks", { exact: true }).uncheck();
    await page.getByRole("button", { name: "Create" }).click();
    await page.getByText("not shown again").waitFor();
    await on.shoot(page, "console-key");
    const key = await takeSecret(page);
    expect(key).toMatch(/^lsk_live_/);
    const me = await on.call<Me>(key, "/users/me");
    expect(me.username).toBe(developer);
    await page.reload();
    const row = page.locator("[data-key]");
    await row.getByText("audio:read, audio:write, users:read, users:write", { exact: false }).waitFor();
    expect(await page.content()).not.toContain(key);
    // The figures are written with a delay of seconds.
    await expect
      .poll(
        async () => {
          await page.reload();
          await row.waitFor();
          return row.textContent();
        },
        { timeout: 30_000, interval: 2_000 },
      )
      .toContain("Last used");

    await row.getByRole("button", { name: "Rotate" }).click();
    const next = await takeSecret(page);
    expect([await statusWith(key), await statusWith(next)]).toEqual([200, 200]);
    const newest = page.locator("[data-key]").filter({ hasText: next.slice(0, 14) });
    await newest.getByRole("button", { name: "Revoke" }).click();
    await newest.waitFor({ state: "detached" });
    expect(await statusWith(next)).toBe(401);

    await page.getByRole("link", { name: "Usage" }).click();
    await page.getByRole("cell", { name: "Your own sign-in" }).waitFor();
    await page.getByRole("img", { name: "Calls by day" }).waitFor();
    await page.getByLabel("Period").selectOption("7");
    await expect.poll(() => page.locator(".chart rect").count()).toBe(7);
    await on.shoot(page, "console-usage");
    await page.context().close();
  });

  it("shows an application and its secret", async () => {
    const page = await openNew("apps");
    const form = page.locator("form").first();
    await form.getByLabel("Name").fill("Mixtape");
    await form.getByLabel("Redirect addresses").fill("http://somewhere.example/callback");
    await form.getByRole("button", { name: "Create" }).click();
    await page.getByRole("alert").waitFor();
    await form.getByLabel("Redirect addresses").fill("https://app.example.com/callback");
    await form.getByRole("button", { name: "Create" }).click();
    const secret = await takeSecret(page);
    const row = page.locator("[data-app]");
    await row.getByText("Edit", { exact: true }).click();
    await row
      .getByLabel("Redirect addresses")
      .fill("https://app.example.com/callback\nhttps://app.example.com/again");
    await row.getByRole("button", { name: "Save" }).click();
    await row.locator("p", { hasText: "https://app.example.com/again" }).waitFor();
    await on.shoot(page, "console-app");

    await row.getByRole("button", { name: "Switch off" }).click();
    await page.locator("[data-app][data-enabled=false]").waitFor();
    await row.getByRole("button", { name: "Switch on" }).click();
    await page.locator("[data-app][data-enabled=true]").waitFor();
    await row.getByRole("button", { name: "Rotate secret" }).click();
    expect(await takeSecret(page)).not.toBe(secret);
    await row.getByRole("button", { name: "Delete" }).click();
    await page.getByText("Nothing here yet").waitFor();
    await page.context().close();
  });

  const receivedBy = async (box: string): Promise<Received[]> =>
    (await (await fetch(`${receiver.origin}/__received/${box}`)).json()) as Received[];

  it("delivers to a webhook, shows the result and sends it again", async () => {
    const page = await openNew("webhooks");
    await page.getByLabel("Address").fill(`${receiver.origin}/hooks/console`);
    await page.getByRole("button", { name: "Create" }).click();
    const secret = await takeSecret(page);
    const hook = page.locator("[data-webhook]");
    await hook.getByLabel("Events").last().selectOption("purchase.completed");
    await hook.getByRole("button", { name: "Send an example" }).click();
    const delivered = hook.locator('[data-delivery][data-status="delivered"]');
    await delivered.waitFor({ timeout: 20_000 });
    const [first] = await receivedBy("console");
    expect(JSON.parse(first?.body ?? "")).toMatchObject({ type: "purchase.completed", example: true });
    const signature = createHmac("sha256", secret)
      .update(first?.body ?? "")
      .digest("hex");
    expect(first?.headers["x-loopspace-signature"]).toBe(signature);
    await delivered.getByRole("button", { name: "Details" }).click();
    await delivered.getByText('"purchase.completed"').waitFor();
    await on.shoot(page, "console-webhook");
    await hook.getByRole("button", { name: "Refresh" }).click();

    await fetch(`${receiver.origin}/__answers/console`, {
      method: "POST",
      body: JSON.stringify([{ status: 503 }, { status: 200 }]),
    });
    await hook.getByRole("button", { name: "Send an example" }).click();
    const waiting = hook.locator('[data-delivery][data-status="pending"]');
    await waiting.getByText("1 attempt").waitFor({ timeout: 20_000 });
    await waiting.getByRole("button", { name: "Send again" }).click();
    await expect.poll(() => delivered.count(), { timeout: 20_000 }).toBe(2);
    expect(await receivedBy("console")).toHaveLength(3);

    await hook.getByLabel("Since").fill("2026-01-01T00:00");
    await hook.getByRole("button", { name: "Resend failed deliveries" }).click();
    await hook.getByText("0 are sent again").waitFor();
    await hook.getByRole("button", { name: "Rotate secret" }).click();
    expect(await takeSecret(page)).not.toBe(secret);
    await hook.getByRole("button", { name: "Switch off" }).click();
    await page.locator('[data-webhook][data-enabled="false"]').waitFor();
    expect(await hook.getByRole("button", { name: "Send an example" }).isDisabled()).toBe(true);
    await hook.getByRole("button", { name: "Switch on" }).click();
    await page.locator('[data-webhook][data-enabled="true"]').waitFor();
    await page.getByLabel("Environment").selectOption("sandbox");
    await page.getByText("Nothing here yet").waitFor();
    await page.getByLabel("Environment").selectOption("live");
    await hook.getByRole("button", { name: "Delete" }).click();
    await page.getByText("Nothing here yet").waitFor();
    await page.context().close();
  });

  it("lists authorized applications and revokes their access", async () => {
    const page = await openNew("apps");
    const { origin } = on.server;
    const callback = `${origin}/loopspace/`;
    await page.getByLabel("Name").fill("Radio");
    await page.getByLabel("Redirect addresses").fill(callback);
    await page.getByRole("button", { name: "Create" }).click();
    const client_secret = await takeSecret(page);
    const client_id = (await page.locator("[data-app]").getAttribute("data-app")) ?? "";
    const asked = new URLSearchParams({ response_type: "code", client_id, redirect_uri: callback });
    asked.set("scope", "users:read");
    await page.goto(`/api/oauth/authorize?${asked}`);
    await page.getByLabel("User name or e-mail").fill(developer);
    await page.getByLabel("Password").fill(PASSWORD);
    await page.getByRole("button", { name: "Sign in" }).click();
    await page.getByRole("button", { name: "Allow" }).click();
    await page.waitForURL("**/loopspace/?code=*");
    const code = new URL(page.url()).searchParams.get("code");
    const grant = {
      grant_type: "authorization_code",
      client_id,
      client_secret,
      code,
      redirect_uri: callback,
    };
    const answer = await fetch(`${origin}/api/oauth/token`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(grant),
    });
    const { access_token } = (await answer.json()) as { access_token: string };
    expect(await statusWith(access_token)).toBe(200);
    await page.goto("/loopspace/console#grants");
    const row = page.locator("[data-grant]");
    await row.getByText("users:read").waitFor();
    await on.shoot(page, "console-grants");
    await row.getByRole("button", { name: "End its access" }).click();
    await page.getByText("Nothing here yet").waitFor();
    expect(await statusWith(access_token)).toBe(401);
    await page.context().close();
  });

  it("explains errors in a file, changes a track and deletes it", async () => {
    const page = await openNew("tracks");
    const form = page.locator("form").filter({ has: page.locator("[name=file]") });
    const words = { name: "words.mp3", mimeType: "audio/mpeg", buffer: Buffer.from("no sound in here") };
    await form.locator("[name=file]").setInputFiles(words);
    await form.getByRole("button", { name: "Upload a track" }).click();
    await page.getByRole("alert").waitFor();
    await form.locator("[name=file]").setInputFiles(toneFile(2, "first take.wav"));
    await form.getByLabel("Who may hear it").selectOption("private");
    await form.getByRole("button", { name: "Upload a track" }).click();
    const row = page.locator('[data-track][data-status="ready"]');
    await row.getByText("first take").waitFor({ timeout: 30_000 });
    expect(await row.getByRole("link").count()).toBe(0);
    await row.getByRole("button", { name: "Listen" }).click();
    await expect.poll(() => row.locator("audio").evaluate((a) => (a as HTMLAudioElement).duration)).toBe(2);
    await row.getByText("Edit", { exact: true }).click();
    await row.getByLabel("Title").fill("Second take");
    await row.getByLabel("Tags").fill("new， takes");
    await row.getByLabel("Who may hear it").selectOption("public");
    await row.getByRole("button", { name: "Save" }).click();
    await row.getByRole("link", { name: "Second take" }).waitFor();
    const id = await row.getAttribute("data-track");
    const { tags } = await on.call<{ tags: string[] }>(undefined, `/audio/${id}`);
    expect(tags).toEqual(["new", "takes"]);
    await row.getByRole("button", { name: "Delete" }).click();
    await page.getByText("Nothing here yet").waitFor();
    await page.context().close();
  });

  it("redirects to the sign-in page when the session ends, and reports that the server is unreachable", async () => {
    const page = await openNew("keys");
    await page.getByLabel("Name").fill("late");
    await page.context().setOffline(true);
    await page.getByRole("button", { name: "Create" }).click();
    await page.getByText("Connection failed").waitFor();
    await page.context().setOffline(false);
    const stored = await page.evaluate(() => localStorage.getItem("loopspace-session"));
    const { token } = JSON.parse(stored ?? "{}") as { token: string };
    await page.getByRole("button", { name: "Sign out" }).click();
    await page.getByRole("heading", { name: "Sign in" }).waitFor();
    expect(await statusWith(token)).toBe(401);
    await page.evaluate((kept) => localStorage.setItem("loopspace-session", kept ?? ""), stored);
    await page.reload();
    await page.getByRole("heading", { name: "Sign in" }).waitFor();
    await page.context().close();
  });

  it.each(["light", "dark"] as const)(
    "fits a phone and is readable in %s, in Chinese and in English",
    async (colorScheme) => {
      for (const [locale, identifier, password, enter] of [
        ["zh-CN", "邮箱或用户名", "密码", "登录"],
        ["en-GB", "E-mail or username", "Password", "Sign in"],
      ] as const) {
        const page = await on.open("/loopspace/console", { viewport: PHONE, colorScheme, locale });
        await page.getByLabel(identifier).fill(developer);
        await page.getByLabel(password).fill(PASSWORD);
        await fits(page, "sign-in");
        await page.getByRole("button", { name: enter, exact: true }).click();
        await page.locator(".tabs").waitFor();
        for (const tab of ["tracks", "keys", "apps", "webhooks", "usage", "grants"]) {
          await page.goto(`/loopspace/console#${tab}`);
          await page.waitForTimeout(400);
          await fits(page, tab);
          const { ratio, text } = await worstContrast(page);
          expect(ratio, `${tab}: ${text}`).toBeGreaterThanOrEqual(4.5);
        }
        await page.goto("/loopspace/console#webhooks");
        await on.shoot(page, `console-phone-${colorScheme}-${locale.slice(0, 2)}`);
        await page.context().close();
      }
    },
  );

  it("causes no error on any page", () => {
    expect(on.errors.filter((error) => !error.includes("ERR_INTERNET_DISCONNECTED"))).toEqual([]);
  });
});
