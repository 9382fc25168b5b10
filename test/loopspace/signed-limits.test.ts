import { beforeAll, describe, expect, it } from "vitest";
import { audioOf, newTrack } from "../support/audio.ts";
import { newAddress, request } from "../support/http.ts";
import { newUser, type SoraUser } from "../support/loopspace.ts";

/** Requests per minute and IP address without a token. */
const LIMIT = 60;

const statusesOf = async (count: number, url: string, headers: Record<string, string>): Promise<number[]> => {
  const statuses = [];
  for (let i = 0; i < count; i++) {
    const answer = await request(url, { headers });
    await answer.arrayBuffer();
    statuses.push(answer.status);
  }
  return statuses;
};

describe("a signed URL", () => {
  let owner: SoraUser;
  let first: string;
  let second: string;
  beforeAll(async () => {
    owner = await newUser();
    const tracks = [
      await newTrack(owner, { visibility: "private" }),
      await newTrack(owner, { visibility: "private" }),
    ];
    const [one, other] = await Promise.all(
      tracks.map(async ({ id }) => (await audioOf(id, owner.token)).body.streamUrl),
    );
    [first, second] = [one ?? "", other ?? ""];
  });

  it("plays when other guests have used up the limit of a shared IP address", async () => {
    const headers = { "cf-connecting-ip": newAddress(), range: "bytes=0-9" };
    const guests = await statusesOf(LIMIT + 1, "/api/v1/audio/popular", headers);
    expect(guests.at(-1)).toBe(429);
    expect(await statusesOf(1, first, headers)).toEqual([206]);
    expect(await statusesOf(1, first.replace(/signature=../, "signature=zz"), headers)).toEqual([429]);
  });

  it("has a limit of its own: each track counts separately", async () => {
    const headers = { "cf-connecting-ip": newAddress(), range: "bytes=0-9" };
    const asked = await statusesOf(LIMIT + 1, first, headers);
    expect([asked.filter((status) => status === 206).length, asked.at(-1)]).toEqual([LIMIT, 429]);
    expect(await statusesOf(1, second, headers)).toEqual([206]);
    expect(await statusesOf(1, "/api/v1/audio/popular", headers)).toEqual([200]);
  });
});
