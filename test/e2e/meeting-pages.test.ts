import { mkdirSync } from "node:fs";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { hasChromium } from "../support/chromium.ts";
import { worstContrast } from "./contrast.ts";
import {
  close,
  joinMeeting,
  MeetingBrowser,
  others,
  PASSWORD,
  say,
  seesOthersMove,
  type WatchedWindow,
} from "./meeting-browser.ts";

const PHONE = { width: 360, height: 740 };
const SCREENSHOTS = join(import.meta.dirname, "../../artifacts/screenshots");

describe.skipIf(!hasChromium())("a meeting in a browser", () => {
  let meetings: MeetingBrowser;

  beforeAll(async () => {
    mkdirSync(SCREENSHOTS, { recursive: true });
    meetings = await MeetingBrowser.start();
  });

  afterAll(() => meetings?.stop());

  it("shows two participants each other's video, relays chat, and announces a departure", async () => {
    const { page: ann, path } = await meetings.host("Weekly");
    const bob = await meetings.joinAsGuest(path, "Bob");
    await Promise.all([seesOthersMove(ann), seesOthersMove(bob)]);
    const shown = await others(ann)
      .locator("video")
      .evaluate((video) => {
        const { videoWidth, videoHeight, paused } = video as HTMLVideoElement;
        return { shape: videoWidth / videoHeight, paused };
      });
    // The absolute size depends on the machine's load, so the test checks only the aspect ratio.
    expect(shown).toEqual({ shape: 640 / 360, paused: false });

    await say(bob, "Can you see me?");
    await ann.getByText("Can you see me?").waitFor();
    await say(ann, "Yes!");
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

  it("connects three participants, shares a screen, and survives a broken connection", async () => {
    const { page: ann, path } = await meetings.host("Three");
    const bob = await meetings.joinAsGuest(path, "Bob");
    const eve = await meetings.joinAsGuest(path, "Eve");
    await ann.getByText("People 3").waitFor();
    await Promise.all([ann, bob, eve].map(seesOthersMove));

    await eve.getByRole("button", { name: "Share screen" }).click();
    await eve.getByRole("button", { name: "Stop sharing" }).waitFor();
    await seesOthersMove(ann);
    await eve.getByRole("button", { name: "Stop sharing" }).click();

    await bob.evaluate(() => {
      for (const socket of (window as WatchedWindow).watched.sockets) socket.close(3_000);
    });
    await bob.locator('[data-connected="false"]').waitFor();
    await bob.locator('[data-connected="true"]').waitFor();
    await say(bob, "still here");
    await ann.getByText("still here").waitFor();
    await close(bob, eve, ann);
  });

  it("lets the host remove a participant and end the meeting for all", async () => {
    const { page: ann, path } = await meetings.host("Strict");
    const bob = await meetings.joinAsGuest(path, "Bob");
    const eve = await meetings.joinAsGuest(path, "Eve");
    await ann.getByText("People 3").waitFor();
    await ann
      .getByRole("listitem")
      .filter({ hasText: "Bob" })
      .getByRole("button", { name: "Remove" })
      .click();
    await bob.locator('[data-ending="kicked"]').waitFor();
    await ann.getByText("People 2").waitFor();
    await ann.getByRole("button", { name: "End for all" }).click();
    await Promise.all([ann, eve].map((page) => page.locator('[data-ending="ended"]').waitFor()));
    await close(ann, bob, eve);
  });

  it("shares files, and stores a playable recording among them", async () => {
    const { page } = await meetings.host("Recorded");
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
    // The network fails when the recording is first sent.
    let cuts = 0;
    await page.route("**/api/v1/media/uploads/*", (route) =>
      route.request().method() === "PATCH" && cuts++ === 0
        ? route.abort("internetdisconnected")
        : route.continue(),
    );
    await page.getByRole("button", { name: "Stop recording" }).click();
    await page.getByText("The recording is saved in").waitFor({ timeout: 30_000 });
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
    // The page's content security policy does not allow it to play other media.
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

  it("asks guests for a name, and refuses guests when the host does not allow them", async () => {
    const { page: ann, path } = await meetings.host("Closed", false);
    const bob = await meetings.open(path);
    await bob.getByRole("button", { name: "Join as a guest" }).click();
    await bob.getByLabel("Your name").fill("Bob");
    await bob.getByRole("button", { name: "Join the meeting" }).click();
    await bob.getByRole("alert").waitFor();
    await bob.getByRole("button", { name: "Sign in with an account" }).click();
    await bob.getByLabel("E-mail or username").fill(await meetings.register());
    await bob.getByLabel("Password", { exact: true }).fill(PASSWORD);
    await bob.getByRole("button", { name: "Sign in", exact: true }).click();
    await joinMeeting(bob);
    await seesOthersMove(bob);
    await close(ann, bob);
  });

  it("admits a participant without camera and microphone", async () => {
    const { page: ann, path } = await meetings.host("Mixed");
    const page = await meetings.open(path, {}, () => {
      navigator.mediaDevices.getUserMedia = () => Promise.reject(new Error("there is none"));
    });
    await page.getByText("No camera or microphone is available").waitFor();
    await page.getByRole("button", { name: "Join as a guest" }).click();
    await page.getByLabel("Your name").fill("Listener");
    await joinMeeting(page);
    await seesOthersMove(page);
    await close(ann, page);
  });

  it.each(["light", "dark"] as const)(
    "fits a phone and is readable in %s, in Chinese",
    async (colorScheme) => {
      const options = { viewport: PHONE, locale: "zh-CN", colorScheme } as const;
      const check = async (page: Page, name: string): Promise<void> => {
        const width = await page.evaluate(() => document.documentElement.scrollWidth);
        expect(width, name).toBeLessThanOrEqual(PHONE.width);
        const { ratio, text } = await worstContrast(page);
        expect(ratio, `${name}: ${text}`).toBeGreaterThanOrEqual(4.5);
      };
      const { page: ann, path } = await meetings.host("周会");
      const bob = await meetings.open(path, options);
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

  it("causes no error on any page", () => {
    expect(meetings.errors.filter((error) => !/ERR_INTERNET_DISCONNECTED/.test(error))).toEqual([]);
  });
});
