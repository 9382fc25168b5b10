import { createHmac } from "node:crypto";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { hasChromium, launchChromium } from "../support/chromium.ts";
import { type MeetingClient, newMeetingClient } from "../support/meeting-client.ts";
import { startServer, type TestServer } from "../support/server.ts";
import { hasTurnServer, startTurnServer, type TurnServer } from "../support/turn.ts";

const SECRET = "shared by coturn and the platform";
const DEVICES = [
  "--use-fake-device-for-media-stream",
  "--use-fake-ui-for-media-stream",
  "--allow-loopback-in-peer-connection",
];

/** Gathers ICE candidates with relays only. `errors` are STUN error codes. */
const gather = (page: Page, iceServers: RTCIceServer[]): Promise<{ types: string[]; errors: number[] }> =>
  page.evaluate(async (iceServers) => {
    const connection = new RTCPeerConnection({ iceServers, iceTransportPolicy: "relay" });
    const types: string[] = [];
    const errors: number[] = [];
    connection.addEventListener("icecandidateerror", ({ errorCode }) => errors.push(errorCode));
    const gathered = new Promise<void>((resolve) => {
      connection.addEventListener("icecandidate", ({ candidate }) => {
        if (candidate?.type) types.push(candidate.type);
        if (!candidate) resolve();
      });
    });
    connection.createDataChannel("chat");
    await connection.setLocalDescription();
    await gathered;
    connection.close();
    return { types, errors };
  }, iceServers);

/**
 * Connects two peers with relays only, and returns the message that the second one receives and the candidate types
 * used.
 */
const sayOverRelay = (page: Page, iceServers: RTCIceServer[], said: string) =>
  page.evaluate(
    async ({ iceServers, said }) => {
      const configuration: RTCConfiguration = { iceServers, iceTransportPolicy: "relay" };
      const near = new RTCPeerConnection(configuration);
      const far = new RTCPeerConnection(configuration);
      for (const [one, other] of [
        [near, far],
        [far, near],
      ] as const)
        one.addEventListener("icecandidate", ({ candidate }) => void other.addIceCandidate(candidate));
      const heard = new Promise<string>((resolve) => {
        far.addEventListener("datachannel", ({ channel }) =>
          channel.addEventListener("message", ({ data }) => resolve(data)),
        );
      });
      const channel = near.createDataChannel("chat");
      channel.addEventListener("open", () => channel.send(said));
      await near.setLocalDescription();
      if (near.localDescription) await far.setRemoteDescription(near.localDescription);
      await far.setLocalDescription();
      if (far.localDescription) await near.setRemoteDescription(far.localDescription);
      const text = await heard;
      const reports = [...(await near.getStats()).values()];
      const pair = reports.find((report) => report.type === "candidate-pair" && report.nominated);
      const way = [pair?.localCandidateId, pair?.remoteCandidateId].map(
        (id) => reports.find((report) => report.id === id)?.candidateType as string,
      );
      near.close();
      far.close();
      return { text, way };
    },
    { iceServers, said },
  );

describe.skipIf(!hasTurnServer() || !hasChromium())("a meeting behind a TURN server", () => {
  let turn: TurnServer;
  let server: TestServer;
  let browser: Browser;
  let page: Page;
  let host: MeetingClient;
  let meetingId = 0;
  let iceServers: { urls: string; username?: string; credential?: string }[] = [];

  beforeAll(async () => {
    turn = await startTurnServer(SECRET);
    server = await startServer({ vars: { STUN_URLS: "", TURN_URLS: turn.url, TURN_SECRET: SECRET } });
    browser = await launchChromium(DEVICES);
    page = await browser.newPage();
    host = await newMeetingClient(server.origin);
    const created = await host.post<{ meeting_id: number }>("/meetings", {
      title: "Far away",
      settings: { allow_guests: true },
    });
    meetingId = created.data.meeting_id;
    const joined = await host.post<{ ice_servers: typeof iceServers }>(`/meetings/${meetingId}/join`);
    iceServers = joined.data.ice_servers;
  });

  afterAll(async () => {
    await browser?.close();
    await server?.stop();
    await turn?.stop();
  });

  it("gives participants the relay's URL and credentials", async () => {
    expect(iceServers).toEqual([
      { urls: turn.url, username: expect.any(String), credential: expect.any(String) },
    ]);
    const { types } = await gather(page, iceServers);
    expect(types).toContain("relay");
    const name = iceServers[0]?.username;
    expect(turn.logs()).toMatch(new RegExp(`user <${name}>: incoming packet ALLOCATE processed, success`));
  });

  it("relays messages over the relay alone", { timeout: 30_000 }, async () => {
    const { text, way } = await sayOverRelay(page, iceServers, "can you hear me?");
    expect(text).toBe("can you hear me?");
    expect(way).toEqual(["relay", "relay"]);
  });

  const later = (seconds: number): string => String(Math.floor(Date.now() / 1_000) + seconds);
  const signed = (username: string, secret = SECRET) => ({
    username,
    credential: createHmac("sha1", secret).update(username).digest("base64"),
  });

  it("accepts a credential until it expires", async () => {
    const good = await gather(page, [{ ...signed(`${later(60)}:1`), urls: turn.url }]);
    expect(good.types).toContain("relay");
    const spent = await gather(page, [{ ...signed(`${later(-60)}:1`), urls: turn.url }]);
    expect(spent.types).toEqual([]);
    expect(spent.errors).toContain(401);
  });

  it.each([
    ["is signed with another secret", () => signed(`${later(600)}:1`, "a guess")],
    ["was made to last longer", () => ({ ...iceServers[0], username: `${later(900_000)}:1` })],
  ])("refuses a credential that %s", async (_, credential) => {
    const { types, errors } = await gather(page, [{ ...credential(), urls: turn.url }]);
    expect(types).toEqual([]);
    expect(errors).toContain(401);
  });

  it("is used by the meeting's page: two participants see each other's video over the relay alone", async () => {
    const guest = await newMeetingClient(server.origin);
    const pages = await Promise.all(
      [host, guest].map(async ({ token }) => {
        const context = await browser.newContext({ locale: "en-GB", permissions: ["camera", "microphone"] });
        await context.addInitScript((token) => {
          localStorage.setItem("meeting-token", token);
          const Real = window.RTCPeerConnection;
          const connections: RTCPeerConnection[] = [];
          Object.assign(window, { connections });
          window.RTCPeerConnection = class extends Real {
            constructor(configuration?: RTCConfiguration) {
              super({ ...configuration, iceTransportPolicy: "relay" });
              connections.push(this);
            }
          };
        }, token);
        const room = await context.newPage();
        await room.goto(`${server.origin}/meeting/${meetingId}`);
        await room.getByRole("button", { name: "Join the meeting" }).click();
        return room;
      }),
    );
    for (const room of pages) {
      const framesDecoded = () =>
        room.evaluate(async () => {
          let frames = 0;
          for (const one of (window as unknown as { connections: RTCPeerConnection[] }).connections)
            for (const report of (await one.getStats()).values())
              if (report.type === "inbound-rtp" && report.kind === "video")
                frames += report.framesDecoded ?? 0;
          return frames;
        });
      await expect.poll(framesDecoded, { timeout: 30_000 }).toBeGreaterThan(10);
    }
    for (const room of pages) await room.context().close();
  });
});
