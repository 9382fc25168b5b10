import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { audioOf, toneWav } from "../support/audio.ts";
import { eventually, request } from "../support/http.ts";
import { bearer, newKey, newUser, type SoraUser } from "../support/loopspace.ts";
import { append, brokenBody, metadataOf, requestTus } from "../support/tus.ts";

const PATH = "/api/v1/audio/uploads";
const objects = async () => (await env.MEDIA.list({ prefix: "audio/" })).objects.length;

const begin = (user: Pick<SoraUser, "token">, length: number, fields: Record<string, string | number> = {}) =>
  requestTus("POST", PATH, {
    ...bearer(user),
    "upload-length": String(length),
    "upload-metadata": metadataOf({ filename: "夜晚.wav", ...fields }),
  });

describe("a resumable upload", () => {
  it("resumes after an interruption and becomes a track with the metadata of its creation", async () => {
    const user = await newUser();
    const wav = toneWav(2);
    const begun = await begin(user, wav.length, { tags: '["a","b"]', genre: "Ambient", price: 3 });
    expect(begun.status).toBe(201);
    const location = begun.headers.get("location") ?? "";
    await append(location, bearer(user), 0, brokenBody(wav.slice(0, 10_000), "breaks")).catch(
      () => undefined,
    );
    const at = await eventually(async () => {
      const { offset } = await requestTus("HEAD", location, bearer(user));
      return offset > 0 && offset;
    });
    const done = await append(location, bearer(user), at, wav.slice(at));
    expect(done.status).toBe(204);
    const path = new URL(done.headers.get("content-location") ?? "").pathname;
    const { body } = await audioOf(path.split("/").at(-1) ?? "", user.token);
    expect(body).toMatchObject({ title: "夜晚", tags: ["a", "b"], genre: "ambient", price: 3 });
    await eventually(async () => (await audioOf(body.id)).body.status === "ready");
    // A repeated HEAD names the same track.
    const again = await requestTus("HEAD", location, bearer(user));
    expect(again.headers.get("content-location")).toBe(done.headers.get("content-location"));
  });

  it("is refused after its last byte when it is not audio, and leaves no object behind", async () => {
    const user = await newUser();
    const before = await objects();
    const junk = new Uint8Array(new TextEncoder().encode("<html>not a song</html>"));
    const location = (await begin(user, junk.length)).headers.get("location") ?? "";
    expect((await append(location, bearer(user), 0, junk)).status).toBe(415);
    expect((await requestTus("HEAD", location, bearer(user))).status).toBe(410);
    expect(await objects()).toBe(before);
  });

  it.each(["partial", "final;/a /b"])("refuses tus concatenation (%s)", async (concat) => {
    const user = await newUser();
    const made = async () =>
      (await env.DB.prepare("SELECT count(*) AS n FROM audio_tracks").first<{ n: number }>())?.n;
    const before = await made();
    const refused = await requestTus("POST", PATH, {
      ...bearer(user),
      "upload-concat": concat,
      ...(concat === "partial" && { "upload-length": "100" }),
    });
    expect([refused.status, refused.headers.get("location")]).toEqual([400, null]);
    expect(await made()).toBe(before);
    const { headers } = await requestTus("OPTIONS", PATH, {});
    expect(headers.get("tus-extension")).not.toContain("concatenation");
  });

  it.each(["Application/Offset+Octet-Stream", "application/offset+octet-stream; charset=utf-8"])(
    "accepts the chunk media type in any case and with parameters (%s)",
    async (type) => {
      const user = await newUser();
      const wav = toneWav(1);
      const location = (await begin(user, wav.length)).headers.get("location") ?? "";
      const { pathname } = new URL(location);
      const answer = await request(pathname, {
        method: "PATCH",
        headers: { ...bearer(user), "tus-resumable": "1.0.0", "upload-offset": "0", "content-type": type },
        body: wav,
      });
      expect(answer.status).toBe(204);
    },
  );

  it("takes its title from an encoded file name", async () => {
    const user = await newUser();
    const wav = toneWav(1);
    const begun = await requestTus("POST", PATH, {
      ...bearer(user),
      "upload-length": String(wav.length),
      "upload-metadata": metadataOf({ filename: "=?utf-8?B?5q2M5puyLndhdg==?=" }),
    });
    const done = await append(begun.headers.get("location") ?? "", bearer(user), 0, wav);
    const id = new URL(done.headers.get("content-location") ?? "").pathname.split("/").at(-1) ?? "";
    expect((await audioOf(id, user.token)).body.title).toBe("\u6b4c\u66f2");
  });

  it("belongs to its owner and environment, and has bounds", async () => {
    const [user, other] = [await newUser(), await newUser()];
    const { key } = await newKey(user, { environment: "sandbox" });
    const location = (await begin(user, 100)).headers.get("location") ?? "";
    for (const who of [other, { token: key }])
      expect((await requestTus("HEAD", location, bearer(who))).status).toBe(404);
    expect((await begin(user, 100 * 1_024 * 1_024 + 1)).status).toBe(413);
    expect((await begin(user, 100, { visibility: "secret" })).status).toBe(400);
    const reader = await newKey(user, { scopes: ["audio:read"] });
    expect((await begin({ token: reader.key }, 100)).status).toBe(403);
    expect((await append(location, bearer(user), 7, toneWav(1))).status).toBe(409);
    expect((await requestTus("POST", PATH, { ...bearer(user), "tus-resumable": "0.2.2" })).status).toBe(412);
  });
});
