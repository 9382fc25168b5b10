import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { hasChromium } from "../support/chromium.ts";
import {
  close,
  joinMeeting,
  MeetingBrowser,
  others,
  PASSWORD,
  say,
  seesOthersMove,
  signIn,
  type WatchedWindow,
} from "./meeting-browser.ts";

const setOffline = (page: Page, isOffline: boolean): Promise<void> =>
  page.evaluate((value) => {
    (window as WatchedWindow).watched.isOffline = value;
  }, isOffline);

const cutSockets = (page: Page): Promise<void> =>
  page.evaluate(() => {
    for (const socket of (window as WatchedWindow).watched.sockets) socket.close(3_000);
  });

const ownTracks = (page: Page): Promise<string[]> =>
  page
    .locator('.person[data-self="true"] video')
    .evaluate((video) =>
      ((video as HTMLVideoElement).srcObject as MediaStream)
        .getTracks()
        .map(({ kind, readyState, enabled }) => `${kind} ${readyState} ${enabled ? "on" : "off"}`),
    );

describe.skipIf(!hasChromium())("a meeting in a browser with failures", () => {
  let meetings: MeetingBrowser;

  beforeAll(async () => {
    meetings = await MeetingBrowser.start();
  });

  afterAll(() => meetings?.stop());

  it("never plays a participant's own microphone, before or in the meeting", async () => {
    const { page: ann, path } = await meetings.host("Quiet");
    const bob = await meetings.open(path);
    const isMuted = (page: Page, whose: string) =>
      page.locator(`.person[data-self="${whose}"] video`).evaluate((video: HTMLVideoElement) => video.muted);
    expect(await isMuted(bob, "true")).toBe(true);
    await bob.getByRole("button", { name: "Join as a guest" }).click();
    await bob.getByLabel("Your name").fill("Bob");
    await joinMeeting(bob);
    await seesOthersMove(ann);
    expect([await isMuted(ann, "true"), await isMuted(ann, "false")]).toEqual([true, false]);
    await close(ann, bob);
  });

  it("registers an account for a new user", async () => {
    const page = await meetings.open();
    await page.getByRole("button", { name: "No account yet? Register" }).click();
    await page.getByLabel("Username").fill("newcomer");
    await page.getByLabel("Full name").fill("New Comer");
    await page.getByLabel("E-mail", { exact: true }).fill("newcomer@example.com");
    await page.getByLabel("Password", { exact: true }).fill(PASSWORD);
    await page.getByRole("button", { name: "Register", exact: true }).click();
    await meetings.create(page, "My first");
    await joinMeeting(page);
    await page.locator('.person[data-self="true"]').getByText("New Comer").waitFor();
    await page.goto("/meeting");
    await page.getByText("in progress").waitFor();
    await page.getByRole("button", { name: "Sign out" }).click();
    await signIn(page, "newcomer");
    await close(page);
  });

  it("explains in the user's language why a join was refused", async () => {
    const ann = await meetings.open("/meeting");
    await signIn(ann, await meetings.register());
    await ann.getByLabel("Meeting password").fill("open sesame");
    const path = await meetings.create(ann, "Locked");
    const bob = await meetings.open(path, { locale: "zh-CN" });
    await bob.getByRole("button", { name: "以访客身份加入" }).click();
    await bob.getByLabel("你的名字").fill("小明");
    await bob.getByLabel("会议密码").fill("wrong");
    await bob.getByRole("button", { name: "加入会议" }).click();
    await bob.getByRole("alert").filter({ hasText: "会议密码不正确" }).waitFor();
    await close(ann, bob);
  });

  it("keeps devices off that were switched off before, and really stops a switched-off camera", async () => {
    const { page: ann, path } = await meetings.host("Shy");
    const bob = await meetings.open(path);
    await bob.getByRole("button", { name: "Mute", exact: true }).click();
    await bob.getByRole("button", { name: "Join as a guest" }).click();
    await bob.getByLabel("Your name").fill("Bob");
    await joinMeeting(bob);
    await others(ann).getByText("muted").waitFor();
    await seesOthersMove(ann);
    expect(await ownTracks(bob)).toEqual(["audio live off", "video live on"]);
    await bob.getByRole("button", { name: "Camera off" }).click();
    await bob.getByRole("button", { name: "Camera on" }).waitFor();
    await expect.poll(() => ownTracks(bob)).toEqual(["audio live off"]);
    await bob.getByRole("button", { name: "Camera on" }).click();
    await bob.getByRole("button", { name: "Unmute" }).click();
    await expect.poll(() => ownTracks(bob)).toEqual(["audio live on", "video live on"]);
    await seesOthersMove(ann);
    await close(ann, bob);
  });

  it("reports that a microphone is wanted but missing", async () => {
    const { page: ann, path } = await meetings.host("Mute");
    const bob = await meetings.open(path, {}, () => {
      navigator.mediaDevices.getUserMedia = () => Promise.reject(new Error("there is none"));
    });
    await bob.getByRole("button", { name: "Join as a guest" }).click();
    await bob.getByLabel("Your name").fill("Bob");
    await joinMeeting(bob);
    await others(ann).getByText("muted").waitFor();
    await bob.getByRole("button", { name: "Unmute" }).click();
    await bob.getByRole("alert").filter({ hasText: "No microphone was found" }).waitFor();
    expect(await others(ann).getByText("muted").count()).toBe(1);
    await close(ann, bob);
  });

  it("stops a camera when permission arrives after the user switched it off", async () => {
    const { page: ann, path } = await meetings.host("Impatient");
    const bob = await meetings.open(path, {}, () => {
      const real = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
      navigator.mediaDevices.getUserMedia = async (wanted) => {
        await new Promise((resolve) => setTimeout(resolve, 4_000));
        const stream = await real(wanted);
        Object.assign(window, { late: stream });
        return stream;
      };
    });
    await bob.getByRole("button", { name: "Join as a guest" }).click();
    await bob.getByLabel("Your name").fill("Bob");
    await joinMeeting(bob);
    await bob.getByRole("button", { name: "Leave" }).click();
    await bob.locator('[data-ending="left"]').waitFor();
    const states = () =>
      bob.evaluate(() =>
        (window as unknown as { late?: MediaStream }).late?.getTracks().map(({ readyState }) => readyState),
      );
    await expect.poll(states, { timeout: 15_000 }).toEqual(["ended", "ended"]);
    await close(ann, bob);
  });

  it("keeps a running recording when the meeting ends", async () => {
    const { page } = await meetings.host("Kept");
    await page.getByRole("button", { name: "Record", exact: true }).click();
    await page.waitForTimeout(2_000);
    await page.getByRole("button", { name: "End for all" }).click();
    await page.locator('[data-ending="ended"]').waitFor();
    await page.getByText("The recording is saved in").waitFor();
    await close(page);
  });

  it("no longer shows the shared screen of a removed participant", async () => {
    const { page: ann, path } = await meetings.host("Sent away");
    const bob = await meetings.joinAsGuest(path, "Bob");
    await bob.getByRole("button", { name: "Share screen" }).click();
    await bob.getByRole("button", { name: "Stop sharing" }).waitFor();
    await ann.getByRole("button", { name: "Remove" }).click();
    await bob.locator('[data-ending="kicked"]').waitFor();
    const states = await bob.evaluate(() =>
      (window as WatchedWindow).watched.screens.flatMap((screen) =>
        screen.getTracks().map(({ readyState }) => readyState),
      ),
    );
    expect(states).toEqual(["ended"]);
    await close(ann, bob);
  });

  it.each(["caller", "callee"])(
    "connects two participants after a lost first offer, when the %s reconnects",
    async (who) => {
      const { page: ann, path } = await meetings.host("Lost");
      const bob = await meetings.open(path);
      await bob.getByRole("button", { name: "Join as a guest" }).click();
      await bob.getByLabel("Your name").fill("Bob");
      await bob.evaluate(() => {
        (window as WatchedWindow).watched.offersToLose = 1;
      });
      await joinMeeting(bob);
      await others(ann).waitFor();
      await expect.poll(() => bob.evaluate(() => (window as WatchedWindow).watched.offersToLose)).toBe(0);
      await cutSockets(who === "caller" ? bob : ann);
      await Promise.all([seesOthersMove(ann), seesOthersMove(bob)]);
      await close(ann, bob);
    },
  );

  it("detects a dead connection, and reconnects as the same participant", async () => {
    const { page: ann, path } = await meetings.host("Dead line");
    const bob = await meetings.joinAsGuest(path, "Bob");
    await seesOthersMove(ann);
    await setOffline(bob, true);
    await bob.locator('[data-connected="false"]').waitFor();
    await bob.getByPlaceholder("Your message").fill("Hello?");
    await bob.getByRole("button", { name: "Send", exact: true }).click();
    await bob.getByText("your message was not sent").waitFor();
    expect(await bob.getByPlaceholder("Your message").inputValue()).toBe("Hello?");
    await setOffline(bob, false);
    await bob.locator('[data-connected="true"]').waitFor();
    await bob.getByRole("button", { name: "Send", exact: true }).click();
    await ann.getByText("Hello?").waitFor();
    expect(await others(ann).count()).toBe(1);
    await close(ann, bob);
  });

  it("lets a participant join again after the grace period, without asking for the name", async () => {
    const { page: ann, path } = await meetings.host("Long tunnel");
    const bob = await meetings.joinAsGuest(path, "Bob");
    await seesOthersMove(ann);
    await setOffline(bob, true);
    await ann.getByText("People 1").waitFor({ timeout: 60_000 });
    await setOffline(bob, false);
    await ann.getByText("People 2").waitFor({ timeout: 60_000 });
    await Promise.all([seesOthersMove(ann), seesOthersMove(bob)]);
    await say(bob, "Back again");
    await ann.getByText("Back again").waitFor();
    await close(ann, bob);
  });

  it("shows a shared screen to all participants", async () => {
    const { page: ann, path } = await meetings.host("Papers");
    const bob = await meetings.open("/meeting");
    await signIn(bob, await meetings.register());
    await bob.goto(path);
    await joinMeeting(bob);
    await ann.getByLabel("Share a file").setInputFiles({
      name: "minutes.txt",
      mimeType: "text/plain",
      buffer: Buffer.from("We met.\n"),
    });
    await bob.getByRole("button", { name: /minutes\.txt/ }).waitFor();
    await close(ann, bob);
  });

  it("causes no error on any page", () => {
    expect(meetings.errors).toEqual([]);
  });
});
