import { createExecutionContext } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { createServices } from "../../../src/container.ts";
import { OrphanedObjects } from "../../../src/core/media/index.ts";
import { HOUR_MS } from "../../../src/lib/clock.ts";
import { type Database, primary } from "../../../src/platform/db/client.ts";
import { MediaStore, type TrackedMediaStore } from "../../../src/platform/media.ts";
import { newMeter } from "../../../src/platform/meter.ts";
import { AudioLibrary } from "../../../src/products/loopspace/domain/index.ts";
import { newTrack, toneWav, upload, uploadForm } from "../../support/audio.ts";
import { request } from "../../support/http.ts";
import { as, bearer, newUser } from "../../support/loopspace.ts";
import { newMeeting, newMeetingUser } from "../../support/meeting.ts";
import { makePng } from "../../support/pictures.ts";

const database = (connection: D1Database = env.DB): Database => primary(connection, newMeter());
const later = () => Date.now() + 7 * HOUR_MS;
const sweep = (clock = later, bucket: R2Bucket = env.MEDIA) =>
  new OrphanedObjects(database(), bucket, clock).sweep();
const looseKeys = async (): Promise<string[]> =>
  (await env.DB.prepare("SELECT key FROM loose_objects").all<{ key: string }>()).results.map(
    ({ key }) => key,
  );
const stored = async (prefix: string): Promise<string[]> =>
  (await env.MEDIA.list({ prefix })).objects.map(({ key }) => key);
const isThere = async (key: string): Promise<boolean> => (await env.MEDIA.head(key)) !== null;
const streamOf = (bytes: Uint8Array<ArrayBuffer>) => new Blob([bytes]).stream();

const libraryOn = (db: Database) =>
  new AudioLibrary({
    db,
    store: new OrphanedObjects(database(), env.MEDIA, () => Date.now()).store,
    clock: () => Date.now(),
    wake: async () => undefined,
  });
const facts = { title: "t", description: "", genre: "", tags: [], visibility: "public", price: 0 } as const;

const ownerIn = async (token: Awaited<ReturnType<typeof newUser>>) => {
  const row = await env.DB.prepare("SELECT id FROM users WHERE uuid = ?")
    .bind(token.id)
    .first<{ id: number }>();
  return { userId: row?.id ?? 0, environment: "live" } as const;
};

describe("a stored object without a row", () => {
  it("is deleted hours later, not before", async () => {
    const draft = await libraryOn(database()).storeDraft(streamOf(toneWav(1)));
    const key = draft.ok ? draft.value.key : "";
    // The request stopped before it inserted the row.
    expect(await looseKeys()).toContain(key);
    await sweep(() => Date.now() + HOUR_MS);
    expect(await isThere(key)).toBe(true);
    await sweep();
    expect(await isThere(key)).toBe(false);
    expect(await looseKeys()).not.toContain(key);
  });

  it("is not stored when its key cannot be recorded first", async () => {
    const before = await stored("audio/");
    const away = {
      prepare: env.DB.prepare.bind(env.DB),
      batch: () => Promise.reject(new Error("D1 is away")),
    };
    const store = new OrphanedObjects(database(away as unknown as D1Database), env.MEDIA, Date.now).store;
    await expect(store.put("audio/x", new Uint8Array(1), "audio/wav")).rejects.toThrow("D1 is away");
    expect(await stored("audio/")).toEqual(before);
  });

  it("is deleted later when a deletion fails", async () => {
    const draft = await libraryOn(database()).storeDraft(streamOf(toneWav(1)));
    const key = draft.ok ? draft.value.key : "";
    const away = { delete: () => Promise.reject(new Error("R2 is away")) } as unknown as R2Bucket;
    await expect(sweep(later, away)).rejects.toThrow("R2 is away");
    expect(await looseKeys()).toContain(key);
    await sweep();
    expect(await isThere(key)).toBe(false);
  });
});

describe("an object with a row", () => {
  it("stays, for a track, an avatar and an upload", async () => {
    const user = await newUser();
    const track = await newTrack(user, {}, 1);
    const picture = {
      method: "PUT",
      headers: { ...bearer(user), "content-type": "image/png" },
      body: makePng(8, 8, [1, 2, 3]),
    };
    expect((await request("/api/v1/users/me/avatar", picture)).status).toBe(200);
    await sweep();
    expect((await request(`/api/v1/audio/${track.id}/stream`)).status).toBe(200);
    const row = await env.DB.prepare("SELECT avatar_key FROM users WHERE uuid = ?").bind(user.id).first();
    expect(await isThere(row?.avatar_key as string)).toBe(true);
  });

  it("stays when its row was inserted but the answer of the database was lost", async () => {
    const user = await newUser();
    const owner = await ownerIn(user);
    let fails = false;
    const deaf = {
      prepare: env.DB.prepare.bind(env.DB),
      batch: async (statements: D1PreparedStatement[]) => {
        const results = await env.DB.batch(statements);
        if (fails) throw new Error("the line is cut");
        return results;
      },
    } as unknown as D1Database;
    const library = libraryOn(database(deaf));
    const draft = await library.storeDraft(streamOf(toneWav(1)));
    if (!draft.ok) throw new Error("no draft");
    fails = true;
    await expect(library.add(owner, facts, draft.value)).rejects.toThrow("the line is cut");
    await sweep();
    expect(await isThere(draft.value.key)).toBe(true);
    // A repeated request returns the same track.
    fails = false;
    const { id } = await library.add(owner, facts, draft.value);
    expect(id).toMatch(/^audio_/);
  });

  it("has its key recorded from the beginning of a request that fails at its end", async () => {
    const user = await newUser();
    await env.DB.exec(
      "CREATE TRIGGER no_tracks BEFORE INSERT ON audio_tracks BEGIN SELECT RAISE(ABORT, 'no tracks today'); END",
    );
    const before = await stored("audio/");
    try {
      const { status } = await upload(user.token, uploadForm(toneWav(1)));
      expect(status).toBe(500);
    } finally {
      await env.DB.exec("DROP TRIGGER no_tracks");
    }
    const [key = ""] = (await stored("audio/")).filter((one) => !before.includes(one));
    expect(await looseKeys()).toContain(key);
    await sweep();
    expect(await stored("audio/")).toEqual(before);
  });
});

describe("an object that a service stores before its row", () => {
  const container = () => createServices(env, createExecutionContext(), newMeter());

  it("in a meeting is deleted later when the direct upload stops before its row exists", async () => {
    const host = await newMeetingUser();
    const { meeting_id } = await newMeeting(host);
    const before = await stored("meetings/");
    await env.DB.exec(
      "CREATE TRIGGER no_files BEFORE INSERT ON meeting_files BEGIN SELECT RAISE(ABORT, 'cut off'); END",
    );
    const form = new FormData();
    form.set("meeting_id", String(meeting_id));
    form.set("file_type", "document");
    form.set("file", new File(["notes"], "notes.txt"));
    try {
      const sent = { method: "POST", body: form, headers: bearer(host) };
      expect((await request("/api/v1/media/upload", sent)).status).toBe(500);
    } finally {
      await env.DB.exec("DROP TRIGGER no_files");
    }
    const [key = ""] = (await stored("meetings/")).filter((one) => !before.includes(one));
    expect(key).toMatch(/^meetings\//);
    await sweep(() => Date.now() + HOUR_MS);
    expect(await isThere(key)).toBe(true);
    await sweep();
    expect(await isThere(key)).toBe(false);
    // A file with a row stays.
    expect(
      (await request("/api/v1/media/upload", { method: "POST", body: form, headers: bearer(host) })).status,
    ).toBe(201);
    const [kept = ""] = (await stored("meetings/")).filter((one) => !before.includes(one));
    await sweep();
    expect(await isThere(kept)).toBe(true);
  });

  it("as the source picture of a generation is deleted unless its task was submitted", async () => {
    const ids = [crypto.randomUUID(), crypto.randomUUID()] as const;
    for (const id of ids) await container().inputs.save(id, makePng(64, 64, [1, 2, 3]), "image");
    await env.DB.prepare(
      `INSERT INTO tasks (id, user_id, product, kind, prompt, params, state, cost, deadline_at, created_at, updated_at)
       VALUES (?, 0, 'studio', 'image', 'a cat', '{"input":{"mimeType":"image/jpeg"}}', 'PENDING', 0, 0, 0, 0)`,
    )
      .bind(ids[0])
      .run();
    const keys = ids.map((id) => `generation/${id}/input`);
    await sweep(() => Date.now() + HOUR_MS);
    expect(await Promise.all(keys.map(isThere))).toEqual([true, true]);
    await sweep();
    expect(await Promise.all(keys.map(isThere))).toEqual([true, false]);
    // A repeated request stores the picture again.
    await container().inputs.save(ids[0], makePng(64, 64, [1, 2, 3]), "image");
    await sweep();
    expect(await isThere(keys[0] ?? "")).toBe(true);
    // After the row is deleted, the objects are deleted too.
    await env.DB.prepare("DELETE FROM tasks WHERE id = ?").bind(ids[0]).run();
    await sweep();
    expect(await isThere(keys[0] ?? "")).toBe(false);
  });

  it("must use the tracking store, because the type of the plain store is not assignable", () => {
    const plain = new MediaStore(env.MEDIA);
    // @ts-expect-error a store that does not track cannot be passed
    const tracked: TrackedMediaStore = plain;
    expect(tracked).toBe(plain);
  });
});

describe("an object of a meeting file or an upload", () => {
  it.each([
    [
      "meeting_files",
      ["meetings/k"],
      `INSERT INTO meeting_files (meeting_id, user_id, name, kind, media_type, bytes, key, created_at)
       VALUES (0, 0, 'a', 'other', 'a/b', 1, 'meetings/k', 0)`,
    ],
    [
      "uploads",
      ["uploads/k/file", "uploads/k/thumbnail"],
      `INSERT INTO uploads (id, user_id, kind, media_type, bytes, width, height, has_thumbnail, created_at)
       VALUES ('k', 0, 'image', 'image/png', 1, 1, 1, 1, 0)`,
    ],
  ])(
    "is orphaned until a row refers to it, and again after that row is deleted (%s)",
    async (table, keys, insert) => {
      const { store } = new OrphanedObjects(database(), env.MEDIA, Date.now);
      for (const key of keys) await store.put(key, new Uint8Array(1), "a/b");
      expect(await looseKeys()).toEqual(expect.arrayContaining(keys));
      await env.DB.prepare(insert).run();
      await sweep();
      for (const key of keys) expect(await isThere(key)).toBe(true);
      await env.DB.prepare(`DELETE FROM ${table} WHERE user_id = 0`).run();
      expect(await looseKeys()).toEqual(expect.arrayContaining(keys));
      await sweep();
      for (const key of keys) expect(await isThere(key)).toBe(false);
    },
  );
});

describe("an object with a deleted row", () => {
  it("is deleted later when it could not be deleted at once", async () => {
    const user = await newUser();
    const { id } = await newTrack(user, {}, 1);
    const owner = await ownerIn(user);
    const row = await env.DB.prepare("SELECT key FROM audio_tracks WHERE id = ?")
      .bind(id)
      .first<{ key: string }>();
    const key = row?.key ?? "";
    await env.DB.prepare("UPDATE audio_tracks SET cover_key = 'audio-covers/c' WHERE id = ?").bind(id).run();
    await env.MEDIA.put("audio-covers/c", "cover");
    const store = new OrphanedObjects(database(), env.MEDIA, Date.now).store;
    store.delete = () => Promise.reject(new Error("R2 is away"));
    const clock = () => Date.now();
    const library = new AudioLibrary({ db: database(), store, clock, wake: async () => undefined });
    expect(await library.remove(owner, id)).toEqual({ ok: true, value: undefined });
    expect(await isThere(key)).toBe(true);
    expect((await request(`/api/v1/audio/${id}`, as(user))).status).toBe(404);
    await sweep();
    expect([await isThere(key), await isThere("audio-covers/c")]).toEqual([false, false]);
  });
});
