import { env } from "cloudflare:workers";
import { describe, expect, it, vi } from "vitest";
import { Outbox } from "../../../src/core/webhooks/index.ts";
import { DAY_MS, HOUR_MS, MINUTE_MS } from "../../../src/lib/clock.ts";
import { primary } from "../../../src/platform/db/client.ts";
import { TrackedMediaStore } from "../../../src/platform/media.ts";
import { newMeter } from "../../../src/platform/meter.ts";
import { PeakTrack } from "../../../src/products/loopspace/domain/analysis/peaks.ts";
import {
  AudioLibrary,
  AudioProcessor,
  audioRetryMs,
  type Track,
  type TrackFacts,
} from "../../../src/products/loopspace/domain/index.ts";
import { toneWav } from "../../support/audio.ts";
import { flacOf20Bits } from "../../support/audio-files.ts";
import { newUser } from "../../support/loopspace.ts";

const FACTS: TrackFacts = {
  title: "first",
  description: "",
  genre: "",
  tags: ["a"],
  visibility: "public",
  price: 0,
};

/** Returns a WAV file with a genre in its INFO chunk. */
const wavWithGenre = (genre: string): Uint8Array<ArrayBuffer> => {
  const wav = toneWav(1);
  const text = new TextEncoder().encode(
    `${genre}\0`.padEnd(genre.length + 1 + ((genre.length + 1) % 2), "\0"),
  );
  const chunk = new Uint8Array(20 + text.length);
  chunk.set(new TextEncoder().encode("LIST"));
  new DataView(chunk.buffer).setUint32(4, 12 + text.length, true);
  chunk.set(new TextEncoder().encode("INFOIGNR"), 8);
  new DataView(chunk.buffer).setUint32(16, text.length, true);
  chunk.set(text, 20);
  const whole = new Uint8Array(wav.length + chunk.length);
  whole.set(wav);
  whole.set(chunk, wav.length);
  new DataView(whole.buffer).setUint32(4, whole.length - 8, true);
  return whole;
};

const setUp = async (file: Uint8Array<ArrayBuffer> = toneWav(1)) => {
  const user = await newUser();
  const row = await env.DB.prepare("SELECT id FROM users WHERE uuid = ?")
    .bind(user.id)
    .first<{ id: number }>();
  const owner = { userId: row?.id ?? 0, environment: "live" } as const;
  const db = primary(env.DB, newMeter());
  let now = Date.now();
  let isAway = false;
  /** Runs just before the track becomes ready. */
  let meanwhile: () => Promise<unknown> = async () => undefined;
  const woken: string[] = [];
  const bucket = {
    head: (key: string) => env.MEDIA.head(key),
    put: (...args: Parameters<R2Bucket["put"]>) => env.MEDIA.put(...args),
    delete: (keys: string | string[]) => env.MEDIA.delete(keys),
    get: async (key: string, options: R2GetOptions) => {
      if (isAway) throw new Error("R2 is away");
      return env.MEDIA.get(key, options);
    },
  } as unknown as R2Bucket;
  const shared = {
    db,
    store: new TrackedMediaStore(bucket, async () => undefined),
    clock: () => now,
    wake: async (ids: readonly string[]) => void woken.push(...ids),
  };
  const library = new AudioLibrary(shared);
  const outbox = new Outbox(db, () => undefined);
  const run = outbox.run.bind(outbox);
  outbox.run = async (events, statements) => {
    await meanwhile();
    return run(events, statements);
  };
  const processor = new AudioProcessor({
    ...shared,
    outbox,
    makeSmall: async () => undefined,
    report: () => undefined,
  });
  const draft = await library.storeDraft(new Blob([file]).stream());
  if (!draft.ok) throw new Error("no draft");
  const { id } = await library.add(owner, FACTS, draft.value);
  woken.length = 0;
  return {
    user,
    owner,
    library,
    processor,
    id,
    woken,
    track: async (): Promise<Track> => {
      const found = await library.find(owner, id);
      if (!found.ok) throw new Error("no track");
      return found.value;
    },
    pass: (ms: number) => {
      now += ms;
    },
    away: (is: boolean) => {
      isAway = is;
    },
    do: (what: () => Promise<unknown>) => {
      meanwhile = what;
    },
  };
};

describe("a track that could not be processed for a temporary reason", () => {
  it("waits longer after each attempt, is not processed earlier, and becomes ready in the end", async () => {
    const on = await setUp();
    on.away(true);
    for (const wait of [30_000, 2 * MINUTE_MS, 10 * MINUTE_MS, HOUR_MS]) {
      await expect(on.processor.process(on.id)).rejects.toThrow("R2 is away");
      on.pass(wait - 1_000);
      await on.processor.sweep();
      expect(on.woken).not.toContain(on.id);
      // A message before the due time is ignored and does not count as an attempt.
      await on.processor.process(on.id);
      on.pass(1_001);
    }
    on.away(false);
    await on.processor.sweep();
    expect(on.woken).toContain(on.id);
    await on.processor.process(on.id);
    expect((await on.track()).status).toBe("ready");
  });

  it("has failed after five attempts", async () => {
    const on = await setUp();
    on.away(true);
    for (let attempt = 1; attempt <= 5; attempt++) {
      await expect(on.processor.process(on.id)).rejects.toThrow("R2 is away");
      expect((await on.track()).status).toBe("processing");
      on.pass(audioRetryMs(attempt) + 1);
    }
    await on.processor.process(on.id);
    expect(await on.track()).toMatchObject({ status: "failed", failure: "internal" });
  });

  it("has failed after a day, also without any attempt", async () => {
    const on = await setUp();
    on.pass(DAY_MS - 1_000);
    await on.processor.sweep();
    expect((await on.track()).status).toBe("processing");
    expect(on.woken).toContain(on.id);
    on.pass(2_000);
    await on.processor.sweep();
    expect(await on.track()).toMatchObject({ status: "failed", failure: "internal" });
  });
});

describe("a track that cannot become ready", () => {
  it("fails as too long", async () => {
    const on = await setUp();
    // Simulated, because processing twelve hours of sound takes a minute.
    const isFull = vi
      .spyOn(PeakTrack.prototype, "isFull", "get")
      .mockReturnValueOnce(false)
      .mockReturnValue(true);
    await on.processor.process(on.id);
    isFull.mockRestore();
    expect(await on.track()).toMatchObject({ status: "failed", failure: "too_long" });
  });

  it("fails as undecodable when it contains no sound", async () => {
    // A FLAC file with a valid header and no frames.
    const broken = new Uint8Array(20_000);
    broken.set(flacOf20Bits([]));
    const on = await setUp(broken);
    await on.processor.process(on.id);
    expect(await on.track()).toMatchObject({ status: "failed", failure: "undecodable" });
  });
});

describe("the event for a track that became ready", () => {
  const listen = async (uuid: string): Promise<void> => {
    await env.DB.prepare(
      `INSERT INTO webhook_endpoints (id, user_id, environment, url, events, secret_cipher, secret_key_id, created_at, updated_at)
       SELECT ?1, id, 'live', 'https://example.com', '["audio.uploaded"]', '', '', 0, 0 FROM users WHERE uuid = ?2`,
    )
      .bind(`wh_${crypto.randomUUID()}`, uuid)
      .run();
  };
  const toldOf = async (userId: number) => {
    const { results } = await env.DB.prepare("SELECT body FROM webhook_events WHERE user_id = ?")
      .bind(userId)
      .all<{ body: string }>();
    return results.map(({ body }) => JSON.parse(body).data);
  };

  it("describes the track at that time, with the genre from the file and concurrent changes", async () => {
    const on = await setUp(wavWithGenre("Ｄｅｅｐ House"));
    await listen(on.user.id);
    let changes = 0;
    on.do(async () => {
      changes++;
      if (changes === 1)
        await on.library.update(on.owner, on.id, {
          title: "second",
          price: 7,
          visibility: "private",
          tags: ["b"],
        });
    });
    await on.processor.process(on.id);
    const track = await on.track();
    expect(track).toMatchObject({ status: "ready", title: "second", genre: "deep house", price: 7 });
    const { title, genre, tags, visibility, price } = track;
    expect(await toldOf(on.owner.userId)).toEqual([
      { id: on.id, title, genre, tags, visibility, price, duration: 1 },
    ]);
  });

  it("is published once, and not for a track that was deleted in the meantime", async () => {
    const on = await setUp();
    await listen(on.user.id);
    on.do(() => on.library.remove(on.owner, on.id).catch(() => undefined));
    await on.processor.process(on.id).catch(() => undefined);
    expect(await toldOf(on.owner.userId)).toEqual([]);
    const other = await setUp();
    await listen(other.user.id);
    for (let i = 0; i < 2; i++) await other.processor.process(other.id);
    expect(await toldOf(other.owner.userId)).toHaveLength(1);
  });
});
