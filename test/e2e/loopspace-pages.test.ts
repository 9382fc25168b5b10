import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { hasChromium } from "../support/chromium.ts";
import { worstContrast } from "./contrast.ts";
import {
  type Browsing,
  fits,
  PASSWORD,
  PHONE,
  playerState,
  register,
  startBrowsing,
  uploadTrack,
} from "./loopspace-browser.ts";
import { recharge } from "./sdk-js-consumer.ts";

const SECONDS = 20;
const LONG_SECONDS = 70;

interface User {
  readonly stats: { followersCount: number; tracksCount: number };
}

interface Audio {
  readonly waveform: number[];
  readonly stats: { playsCount: number; salesCount: number };
  readonly user: { id: string };
}

describe.skipIf(!hasChromium())("Loopspace in a browser", () => {
  let on: Browsing;
  let artist = "";
  let trackPath = "";
  let pricedPath = "";
  let profilePath = "";

  const idOf = (path: string): string => path.split("/").at(-1) ?? "";
  const audio = (path: string): Promise<Audio> => on.call<Audio>(undefined, `/audio/${idOf(path)}`);

  beforeAll(async () => {
    on = await startBrowsing();
  });

  afterAll(async () => on?.stop());

  it("works without any tracks", async () => {
    const page = await on.open("/loopspace");
    await page.getByText("No tracks yet").waitFor();
    await page.getByRole("link", { name: "Sign in and upload" }).click();
    await page.getByRole("heading", { name: "Sign in" }).waitFor();
    await page.context().close();
  });

  it("publishes an uploaded track that guests can play", async () => {
    const page = await on.open("/loopspace/console");
    artist = await register(page);
    trackPath = await uploadTrack(page, {
      title: "Rain on the roof 雨声",
      seconds: SECONDS,
      fields: { Genre: "Ambient", Tags: "rain, calm", Description: "Recorded at night.\nTwo lines." },
    });
    pricedPath = await uploadTrack(page, {
      title: "A long evening",
      seconds: LONG_SECONDS,
      fields: { "Price in credits, 0 is free": "20" },
    });
    await on.shoot(page, "console-tracks");
    await page.context().close();

    const guest = await on.open("/loopspace");
    await on.shoot(guest, "front");
    await guest.getByRole("link", { name: "Rain on the roof" }).click();
    await guest.waitForURL(`**${trackPath}`);
    expect(await guest.getByRole("heading", { level: 1 }).textContent()).toBe("Rain on the roof 雨声");
    const slider = guest.getByRole("slider");
    expect(await slider.getAttribute("aria-valuemax")).toBe(String(SECONDS));
    await guest.getByRole("button", { name: "Play" }).click();
    await guest.getByRole("button", { name: "Pause" }).waitFor();
    await expect.poll(async () => (await playerState(guest)).at, { timeout: 15_000 }).toBeGreaterThan(1);
    const early = await playerState(guest);
    expect(early.played).toBeGreaterThan(0);
    await expect.poll(() => guest.locator("[data-plays]").textContent(), { timeout: 15_000 }).toBe("1 play");
    expect((await audio(trackPath)).stats.playsCount).toBe(1);
    expect((await playerState(guest)).played).toBeGreaterThan(early.played);
    await on.shoot(guest, "track");
    await guest.getByRole("button", { name: "Pause" }).click();
    expect((await playerState(guest)).isPaused).toBe(true);

    const box = await slider.boundingBox();
    if (!box) throw new Error("the slider is nowhere");
    await guest.mouse.click(box.x + box.width * 0.75, box.y + box.height / 2);
    const clicked = await playerState(guest);
    expect(clicked.at).toBeGreaterThan(SECONDS * 0.74);
    expect(clicked.at).toBeLessThan(SECONDS * 0.76);
    expect(clicked.played).toBeCloseTo(0.75, 1);
    await slider.focus();
    await guest.keyboard.press("ArrowLeft");
    expect((await playerState(guest)).at).toBeCloseTo(clicked.at - 5, 0);
    await guest.keyboard.press("Home");
    expect((await playerState(guest)).at).toBe(0);
    expect(await slider.getAttribute("aria-valuetext")).toBe("0:00 of 0:20");
    const download = guest.waitForEvent("download");
    await guest.getByRole("link", { name: "Download" }).click();
    // The browser's suggested name may differ from the stored one, so the test checks the header.
    expect(await (await download).failure()).toBeNull();
    const answer = await fetch((await download).url());
    expect(answer.headers.get("content-disposition")).toContain(
      `filename*=UTF-8''${encodeURIComponent("Rain on the roof 雨声.wav")}`,
    );
    expect((await answer.arrayBuffer()).byteLength).toBeGreaterThan(100_000);
    await guest.context().close();
  });

  it("gives chats a link preview with an image", async () => {
    const page = await on.open(trackPath);
    const facts = await page.evaluate(() =>
      Object.fromEntries(
        [...document.querySelectorAll("meta[property], meta[name]")].map((meta) => [
          meta.getAttribute("property") ?? meta.getAttribute("name"),
          meta.getAttribute("content"),
        ]),
      ),
    );
    const { origin } = on.server;
    expect(facts).toMatchObject({
      "og:type": "music.song",
      "og:title": "Rain on the roof 雨声",
      "og:description": "Recorded at night. Two lines.",
      "og:url": origin + trackPath,
      "og:image": `${origin}${trackPath}/picture.png`,
      "og:audio": `${origin}/api/v1/audio/${idOf(trackPath)}/stream`,
      "og:audio:type": "audio/wav",
      "music:duration": String(SECONDS),
      "music:musician": expect.stringMatching(/\/loopspace\/users\/user_[0-9a-f]{32}$/),
      "twitter:card": "summary_large_image",
      "twitter:title": "Rain on the roof 雨声",
    });
    expect(await page.locator("link[rel=canonical]").getAttribute("href")).toBe(origin + trackPath);
    const size = await page.evaluate(async (source) => {
      const image = Object.assign(new Image(), { src: source });
      await image.decode();
      return [image.naturalWidth, image.naturalHeight];
    }, facts["og:image"] ?? "");
    expect(size).toEqual([Number(facts["og:image:width"]), Number(facts["og:image:height"])]);
    const answer = await fetch(origin + trackPath);
    expect(answer.headers.get("content-security-policy")).toContain("frame-ancestors 'none'");
    await page.context().close();
  });

  it("finds tracks without JavaScript, and plays them with the browser's own controls", async () => {
    const page = await on.open("/loopspace", { javaScriptEnabled: false });
    await page.getByRole("searchbox").fill("雨声");
    await page.getByRole("button", { name: "Search" }).click();
    await page.getByText("1 track found").waitFor();
    await page.getByRole("link", { name: "Rain on the roof" }).click();
    expect(await page.locator("audio[controls]").isVisible()).toBe(true);
    expect(await page.getByRole("button", { name: "Play" }).count()).toBe(0);
    await page.getByRole("link", { name: "calm", exact: true }).click();
    await page.getByRole("link", { name: "Rain on the roof" }).waitFor();
    await page.getByRole("link", { name: "ambient 1" }).click();
    await page.getByRole("link", { name: "Rain on the roof" }).waitFor();
    expect(await page.getByRole("link", { name: "A long evening" }).count()).toBe(0);
    await page.goto("/loopspace?query=nobody+sings+this&page=zero");
    await page.getByText("No tracks match the search").waitFor();
    await page.goto(pricedPath);
    expect(await page.getByRole("link", { name: "Sign in to buy" }).isVisible()).toBe(true);
    await page.context().close();
  });

  it("hides private content", async () => {
    for (const path of ["/loopspace/tracks/audio_nothing", `/loopspace/users/user_${"0".repeat(32)}`]) {
      const page = await on.open(path);
      expect(await page.getByRole("heading", { level: 1 }).textContent()).toBe("There is no such page");
      await page.context().close();
      expect((await fetch(on.server.origin + path)).status).toBe(404);
    }
    expect((await fetch(`${on.server.origin}/loopspace/tracks/audio_nothing/picture.png`)).status).toBe(404);
  });

  it("sells a track to a listener after its preview", async () => {
    const page = await on.open(pricedPath);
    await page.getByText("listen to the first 30 seconds").waitFor();
    const slider = page.getByRole("slider");
    await slider.focus();
    await page.keyboard.press("End");
    expect((await playerState(page)).at).toBe(30);
    expect(await page.getByRole("link", { name: "Download" }).count()).toBe(0);
    await page.getByRole("link", { name: "Sign in to buy" }).click();
    const username = await register(page);
    await page.waitForURL(`**${pricedPath}`);
    await page.getByRole("button", { name: "Buy for 20 credits" }).click();
    await page.getByText("Credits given at sign-up or as a gift pay for generation").waitFor();
    const login = { email: `${username}@example.com`, password: PASSWORD };
    const { data } = await on.call<{ data: { token: string } }>(undefined, "/auth/login", "POST", login);
    await recharge(on.server, data);
    await page.getByRole("button", { name: "Buy for 20 credits" }).click();
    await page.getByText("You have bought it").waitFor();
    await on.shoot(page, "track-bought");
    expect((await audio(pricedPath)).stats.salesCount).toBe(1);
    await expect.poll(async () => (await playerState(page)).source).toContain("signature=");
    await slider.focus();
    await page.keyboard.press("Home");
    for (let i = 0; i < 3; i++) await page.keyboard.press("PageUp");
    expect((await playerState(page)).at).toBe(45);
    await page.getByRole("button", { name: "Play" }).click();
    await expect.poll(async () => (await playerState(page)).at, { timeout: 15_000 }).toBeGreaterThan(46);
    const download = page.waitForEvent("download");
    await page.getByRole("link", { name: "Download" }).click();
    expect((await download).suggestedFilename()).toBe("A long evening.wav");
    await page.reload();
    await page.getByText("You have bought it").waitFor();
    await page.context().close();
  });

  it("stops a preview at its end and explains why", async () => {
    const page = await on.open(pricedPath);
    await page.evaluate(() => {
      const player = document.querySelector("audio");
      if (player) player.currentTime = 29.5;
    });
    await page.getByRole("button", { name: "Play" }).click();
    await page.getByText("Buy the track to hear all of it").waitFor();
    expect((await playerState(page)).isPaused).toBe(true);
    await page.context().close();
  });

  it("lets users follow artists", async () => {
    const page = await on.open(trackPath);
    await page.getByRole("main").getByRole("link", { name: artist, exact: true }).click();
    await page.getByRole("heading", { name: artist }).waitFor();
    profilePath = new URL(page.url()).pathname;
    expect(await page.locator('[data-figure="tracks"] dd').textContent()).toBe("2");
    await page.getByRole("link", { name: "Sign in to follow" }).click();
    await register(page);
    await page.waitForURL(`**${profilePath}`);
    await page.getByRole("button", { name: "Follow", exact: true }).click();
    await page.getByRole("button", { name: "Unfollow" }).waitFor();
    expect(await page.locator('[data-figure="followers"] dd').textContent()).toBe("1");
    const followers = async () =>
      (await on.call<User>(undefined, `/users/${idOf(profilePath)}`)).stats.followersCount;
    expect(await followers()).toBe(1);
    await on.shoot(page, "profile");
    await page.reload();
    await page.getByRole("button", { name: "Unfollow" }).click();
    await page.getByRole("button", { name: "Follow", exact: true }).waitFor();
    expect(await followers()).toBe(0);
    await page.context().close();
  });

  it("shows artists their own private tracks", async () => {
    const page = await on.open("/loopspace/console?next=https://elsewhere.example/");
    await page.getByLabel("E-mail or username").fill(artist);
    await page.getByLabel("Password").fill("not this one");
    await page.getByRole("button", { name: "Sign in", exact: true }).click();
    await page.getByRole("alert").waitFor();
    await page.getByLabel("Password").fill(PASSWORD);
    await page.getByRole("button", { name: "Sign in", exact: true }).click();
    await page.getByRole("link", { name: "A long evening" }).click();
    await page.getByText("This is a track of yours").waitFor();
    await page.goto(profilePath);
    await page.getByRole("heading", { name: artist }).waitFor();
    await expect.poll(() => page.locator("[data-follow]").count()).toBe(0);
    await page.context().close();
  });

  it.each(["light", "dark"] as const)(
    "fits a phone and is readable in %s, in Chinese and in English",
    async (colorScheme) => {
      for (const locale of ["zh-CN", "en-GB"]) {
        const page = await on.open("/loopspace", { viewport: PHONE, colorScheme, locale });
        const paths = { front: "/loopspace", track: trackPath, priced: pricedPath, profile: profilePath };
        for (const [name, path] of Object.entries(paths)) {
          await page.goto(path);
          expect(await page.locator("html").getAttribute("lang")).toBe(locale === "zh-CN" ? locale : "en");
          await fits(page, name);
          const { ratio, text } = await worstContrast(page);
          expect(ratio, `${name}: ${text}`).toBeGreaterThanOrEqual(4.5);
          await on.shoot(page, `${name}-phone-${colorScheme}-${locale.slice(0, 2)}`);
        }
        await page.context().close();
      }
    },
  );

  it("causes no error on any page", () => {
    expect(on.errors).toEqual([]);
  });
});
