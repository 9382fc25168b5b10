import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser, BrowserContext, BrowserContextOptions, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { hasChromium, launchChromium } from "../support/chromium.ts";
import { startServer, type TestServer } from "../support/server.ts";
import { worstContrast } from "./contrast.ts";

const PHONE = { width: 360, height: 740 };
const SCREENSHOTS = join(import.meta.dirname, "../../artifacts/screenshots");
const LIGHT_PAGE_BYTES = 15_000;

describe.skipIf(!hasChromium())("MusicQR in a browser", () => {
  let server: TestServer;
  let browser: Browser;
  const folder = mkdtempSync(join(tmpdir(), "ensemble-pages-"));
  /** Errors of the pages: blocked by the content security policy, failed loads, exceptions. */
  let complaints: string[] = [];
  const contexts: BrowserContext[] = [];

  beforeAll(async () => {
    mkdirSync(SCREENSHOTS, { recursive: true });
    server = await startServer();
    browser = await launchChromium();
  });

  afterEach(() => {
    const heard = complaints;
    complaints = [];
    expect(heard).toEqual([]);
  });

  afterAll(async () => {
    for (const context of contexts) await context.close();
    await browser?.close();
    await server?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  const open = async (options: BrowserContextOptions = {}): Promise<Page> => {
    const context = await browser.newContext({ baseURL: server.origin, locale: "en-GB", ...options });
    contexts.push(context);
    const page = await context.newPage();
    page.on("console", (message) => {
      // The browser also reports pages with an intended 4xx status.
      if (message.type() === "error" && !/status of 4\d\d/.test(message.text()))
        complaints.push(message.text());
    });
    page.on("pageerror", (error) => complaints.push(String(error)));
    return page;
  };

  const signIn = async (page: Page): Promise<void> => {
    await page.goto("/admin");
    await page.getByLabel(/User name|用户名/).fill(server.vars.ADMIN_USERNAME ?? "");
    await page.getByLabel(/Password|密码/).fill(server.vars.ADMIN_PASSWORD ?? "");
    await page.getByRole("button", { name: /Sign in|登录/ }).click();
    await page.waitForURL("**/admin/dashboard");
  };

  const shoot = (page: Page, name: string) =>
    page.screenshot({ path: join(SCREENSHOTS, `${name}.png`), fullPage: true });

  const decodeQr = (file: string): string[] =>
    execFileSync("zbarimg", ["--quiet", "--raw", file]).toString().trim().split("\n");

  const expectFits = async (page: Page): Promise<void> => {
    const overflow = await page.evaluate(
      () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
    );
    expect(overflow, `${page.url()} scrolls sideways`).toBeLessThanOrEqual(0);
  };

  it("leads from the sign-in to a printed sheet, and from the sheet to a genuine code", async () => {
    const admin = await open();
    await signIn(admin);
    await admin.getByRole("link", { name: "Add codes" }).first().click();
    await admin.getByLabel("Codes").fill("QRTEST234567\nqrtest234568\nnot a code");
    await admin.getByRole("button", { name: "Add", exact: true }).click();
    await admin.getByText("2 added").first().waitFor();
    const [download] = await Promise.all([
      admin.waitForEvent("download"),
      admin.getByRole("button", { name: "Print these codes" }).click(),
    ]);
    const pdf = join(folder, "codes.pdf");
    await download.saveAs(pdf);
    execFileSync("pdftoppm", ["-r", "150", "-png", pdf, join(folder, "sheet")]);
    const sheet = readdirSync(folder).find((name) => name.startsWith("sheet") && name.endsWith(".png")) ?? "";
    const addresses = decodeQr(join(folder, sheet));
    expect(addresses.toSorted()).toEqual([
      `${server.origin}/verify/QRTEST234567`,
      `${server.origin}/verify/QRTEST234568`,
    ]);

    const phone = await open({ viewport: PHONE, locale: "zh-CN", isMobile: true, hasTouch: true });
    const [address = ""] = addresses.filter((found) => found.endsWith("567"));
    await phone.goto(address);
    await expect.poll(() => phone.getByRole("heading", { level: 1 }).textContent()).toBe("验证成功");
    expect(await phone.getByText("这是一本正版乐谱").isVisible()).toBe(true);
    expect(await phone.getByText("首次激活", { exact: true }).isVisible()).toBe(true);
    await expectFits(phone);
    await shoot(phone, "verify-first-zh");

    await phone.getByRole("link", { name: "重新验证" }).click();
    await phone.getByText("这个授权码已被验证 2 次。").waitFor();
    expect(await phone.getByText("首次激活", { exact: true }).count()).toBe(0);
    await shoot(phone, "verify-again-zh");

    const other = await open({ viewport: PHONE, locale: "en-GB", colorScheme: "dark" });
    await other.goto(address);
    expect(await other.getByRole("heading", { level: 1 }).textContent()).toBe("Verified");
    expect(await other.getByText("This is genuine sheet music").isVisible()).toBe(true);
    await shoot(other, "verify-again-en-dark");
  });

  it("shows a readable QR code on a code's page, as SVG and as PNG", async () => {
    const page = await open();
    await signIn(page);
    await page.goto("/admin/codes/QRTEST234568");
    const onScreen = join(folder, "svg.png");
    await page.locator("img.qr").screenshot({ path: onScreen });
    expect(decodeQr(onScreen)).toEqual([`${server.origin}/verify/QRTEST234568`]);
    const [download] = await Promise.all([
      page.waitForEvent("download"),
      page.getByRole("link", { name: "PNG" }).click(),
    ]);
    const png = join(folder, "code.png");
    await download.saveAs(png);
    expect(decodeQr(png)).toEqual([`${server.origin}/verify/QRTEST234568`]);
    expect(await page.getByText("PUBLIC_ORIGIN").isVisible()).toBe(true);
  });

  it("explains why a code is not genuine, and accepts another one by hand", async () => {
    const page = await open({ viewport: PHONE, locale: "en-GB" });
    await page.goto("/verify/AAAABBBBCCCC");
    expect(await page.getByRole("heading", { level: 1 }).textContent()).toBe("Not verified");
    expect(await page.getByText("This code does not exist").isVisible()).toBe(true);
    await shoot(page, "verify-unknown-en");
    await page.getByLabel("Enter the code by hand").fill("qrte st23 4567");
    await page.getByRole("button", { name: "Verify", exact: true }).click();
    await page.waitForURL("**/verify/QRTEST234567");
    expect(await page.getByRole("heading", { level: 1 }).textContent()).toBe("Verified");
    await page.goto("/verify/nope");
    expect(await page.getByText("This is not a valid code").isVisible()).toBe(true);
    await page.goto("/?code=QRTEST234567");
    await page.waitForURL("**/verify/QRTEST234567");
  });

  it("works completely without JavaScript", async () => {
    const page = await open({ viewport: PHONE, javaScriptEnabled: false });
    await page.goto("/verify");
    await page.getByLabel("Enter the code by hand").fill("QRTEST234567");
    await page.getByRole("button", { name: "Verify", exact: true }).click();
    expect(await page.getByRole("heading", { level: 1 }).textContent()).toBe("Verified");
    await signIn(page);
    await page.goto("/admin/codes?search=QRTEST");
    expect(await page.getByRole("link", { name: "QRTEST234567" }).isVisible()).toBe(true);
    // Controls that need a script are hidden.
    expect(await page.getByRole("button", { name: "Select this page" }).isVisible()).toBe(false);
    expect(await page.getByRole("button", { name: "Print selected (A4 PDF)" }).isEnabled()).toBe(true);
  });

  it("needs less than 15 kB in total for a scan", async () => {
    const page = await open({ viewport: PHONE });
    const client = await page.context().newCDPSession(page);
    await client.send("Network.enable");
    let bytes = 0;
    client.on("Network.loadingFinished", (event) => {
      bytes += event.encodedDataLength;
    });
    await page.goto("/verify/QRTEST234567", { waitUntil: "networkidle" });
    expect(bytes).toBeGreaterThan(1_000);
    expect(bytes).toBeLessThan(LIGHT_PAGE_BYTES);
    console.log(`the phone page and all it loads: ${bytes} bytes`);
  });

  it("lets an administrator search, revoke, restore and delete a code", async () => {
    const page = await open();
    await signIn(page);
    await page.goto("/admin/codes");
    await page.getByRole("searchbox").fill("test234567");
    await page.getByRole("button", { name: "Apply" }).click();
    await page.getByRole("link", { name: "QRTEST234567" }).click();
    await page.getByText("Scan history").waitFor();
    await page.getByText("Revoke", { exact: true }).click();
    await page.getByRole("button", { name: "Revoke now" }).click();
    await page.getByRole("button", { name: "Restore" }).waitFor();
    const phone = await open({ viewport: PHONE });
    await phone.goto("/verify/QRTEST234567");
    expect(await phone.getByText("This code has been revoked").isVisible()).toBe(true);
    await shoot(phone, "verify-revoked-en");
    await page.getByRole("button", { name: "Restore" }).click();
    await page.getByText("Revoke", { exact: true }).waitFor();
    await page.getByText("Delete", { exact: true }).click();
    await page.getByRole("button", { name: "Delete permanently" }).click();
    await page.waitForURL("**/admin/codes");
    await phone.goto("/verify/QRTEST234567");
    expect(await phone.getByText("This code does not exist").isVisible()).toBe(true);
  });

  it("generates codes, selects a page of them and imports a file", async () => {
    const page = await open();
    await signIn(page);
    await page.goto("/admin/codes/new");
    await page.getByLabel("Quantity").fill("30");
    await page.getByRole("button", { name: "Generate" }).click();
    await page.getByText("30 added").first().waitFor();
    await page.goto("/admin/codes");
    expect(await page.getByRole("button", { name: "Print selected (A4 PDF)" }).isEnabled()).toBe(false);
    await page.getByRole("button", { name: "Select this page" }).click();
    expect(await page.locator('input[name="codes"]:checked').count()).toBe(20);
    const [sheet] = await Promise.all([
      page.waitForEvent("download"),
      page.getByRole("button", { name: "Print selected (A4 PDF)" }).click(),
    ]);
    expect(sheet.suggestedFilename()).toBe("codes.pdf");
    await page.goto("/admin/codes/import");
    const file = {
      name: "codes.csv",
      mimeType: "text/csv",
      buffer: Buffer.from("code\nCSVTEST23456\nnope\n"),
    };
    await page.getByLabel("CSV file").setInputFiles(file);
    await page.getByRole("button", { name: "Import" }).click();
    await page.getByText("1 added").first().waitFor();
  });

  it("works with the keyboard alone, and reports errors", async () => {
    const page = await open();
    await page.goto("/admin/login");
    await page.keyboard.type("admin");
    await page.keyboard.press("Tab");
    await page.keyboard.type("wrong password");
    await page.keyboard.press("Enter");
    await page.getByRole("alert").waitFor();
    await page.keyboard.type("admin");
    await page.keyboard.press("Tab");
    await page.keyboard.type(server.vars.ADMIN_PASSWORD ?? "");
    await page.keyboard.press("Enter");
    await page.waitForURL("**/admin/dashboard");
    await page.keyboard.press("Tab");
    expect(await page.evaluate(() => document.activeElement?.textContent)).toBe("Skip to content");
  });

  const PAGES = [
    "/",
    "/verify",
    "/verify/QRTEST234568",
    "/verify/AAAABBBBCCCC",
    "/admin/login",
    "/admin/dashboard",
    "/admin/codes",
    "/admin/codes/new",
    "/admin/codes/import",
    "/admin/codes/QRTEST234568",
    "/admin/codes/AAAABBBBCCCC",
  ];

  it.each(["light", "dark"] as const)("fits a phone with sufficient contrast in %s", async (colorScheme) => {
    const page = await open({ viewport: PHONE, colorScheme, locale: "zh-CN" });
    await page.goto("/admin/login");
    await shoot(page, `login-phone-${colorScheme}`);
    await signIn(page);
    for (const path of PAGES) {
      await page.goto(path);
      await expectFits(page);
      const { ratio, text } = await worstContrast(page);
      expect(ratio, `"${text}" on ${path}`).toBeGreaterThanOrEqual(4.5);
      await shoot(page, `phone-${colorScheme}${path.replaceAll("/", "-")}`);
    }
  });

  it("fits a phone in English, which has longer words", async () => {
    const page = await open({ viewport: PHONE });
    await signIn(page);
    for (const path of PAGES) {
      await page.goto(path);
      await expectFits(page);
      const cut = await page.evaluate(
        () =>
          [...document.querySelectorAll(".table-wrap")].filter((w) => w.scrollWidth > w.clientWidth).length,
      );
      expect(cut, `tables cut off on ${page.url()}`).toBe(0);
      await shoot(page, `phone-en${path.replaceAll("/", "-")}`);
    }
  });

  it("copies a code, and lists the products on the front page", async () => {
    const page = await open({ permissions: ["clipboard-read", "clipboard-write"] });
    await signIn(page);
    await page.goto("/admin/codes/QRTEST234568");
    await page.getByRole("button", { name: "Copy" }).click();
    await page.getByRole("button", { name: "Copied" }).waitFor();
    expect(await page.evaluate(() => navigator.clipboard.readText())).toBe("QRTEST234568");
    await page.goto("/");
    expect(await page.getByRole("heading", { level: 3 }).allTextContents()).toEqual([
      "MusicQR",
      "Sora2",
      "Studio",
      "Meeting",
      "Loopspace",
    ]);
  });

  it("has a correct layout on a desktop", async () => {
    const page = await open({ viewport: { width: 1280, height: 900 } });
    await signIn(page);
    for (const path of PAGES) {
      await page.goto(path);
      await expectFits(page);
      await shoot(page, `desk${path.replaceAll("/", "-")}`);
    }
  });

  it("shows the API documents with a selector, from this origin only", async () => {
    const page = await open();
    const foreign: string[] = [];
    page.on("request", (request) => {
      if (!request.url().startsWith(server.origin) && !request.url().startsWith("data:"))
        foreign.push(request.url());
    });
    await page.goto("/api-docs", { waitUntil: "networkidle" });
    await page.getByText("/api/verify/{code}").first().waitFor();
    expect(await page.locator("select#document option").count()).toBe(6);
    expect(foreign).toEqual([]);
    await shoot(page, "api-docs");
  });
});
