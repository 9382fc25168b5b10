import { env } from "cloudflare:workers";
import { writeWav } from "../../src/products/meeting/domain/speech/audio.ts";
import { eventually, requestJson } from "./http.ts";
import { as, bearer, type SoraUser } from "./loopspace.ts";

export interface AudioWire {
  readonly id: string;
  readonly title: string;
  readonly description: string;
  readonly genre: string | null;
  readonly tags: string[];
  readonly status: string;
  readonly visibility: string;
  readonly price: number;
  readonly duration: number | null;
  readonly waveform: number[];
  readonly waveformEstimated: boolean;
  readonly metadata: Record<string, unknown>;
  readonly streamUrl: string;
  readonly previewDuration: number | null;
  readonly downloadUrl: string | null;
  readonly coverUrl: string | null;
  readonly warnings: string[];
  readonly stats: { playsCount: number; salesCount: number };
  readonly user: { id: string; username: string };
  readonly purchased: boolean;
}

export interface PageWire<T> {
  readonly data: T[];
  readonly page: number;
  readonly limit: number;
  readonly total: number;
  readonly hasMore: boolean;
}

/** Returns a tone that is louder in its second half. */
export const toneWav = (seconds: number, sampleRate = 8_000): Uint8Array<ArrayBuffer> => {
  const samples = Float32Array.from({ length: seconds * sampleRate }, (_, i) => {
    const loudness = i < (seconds * sampleRate) / 2 ? 0.2 : 0.8;
    return loudness * Math.sin((2 * Math.PI * 440 * i) / sampleRate);
  });
  return writeWav({ sampleRate, channels: [samples] });
};

export const uploadForm = (
  file: Uint8Array<ArrayBuffer> | string,
  fields: Record<string, string | readonly string[]> = {},
  name = "a tone.wav",
): FormData => {
  const form = new FormData();
  for (const [field, value] of Object.entries(fields))
    for (const one of typeof value === "string" ? [value] : value) form.append(field, one);
  form.append("file", new File([file], name, { type: "text/html" }));
  return form;
};

export const upload = <T = AudioWire>(token: string, form: FormData) =>
  requestJson<T>("/api/v1/audio/upload", { method: "POST", headers: bearer({ token }), body: form });

export const audioOf = async (id: string, token?: string) =>
  requestJson<AudioWire>(`/api/v1/audio/${id}`, token === undefined ? {} : as({ token }));

/** Uploads a tone and waits until its processing has ended. */
export const newTrack = async (
  user: Pick<SoraUser, "token">,
  fields: Record<string, string | readonly string[]> = {},
  seconds = 2,
): Promise<AudioWire> => {
  const { status, body } = await upload(user.token, uploadForm(toneWav(seconds), fields));
  if (status !== 201) throw new Error(JSON.stringify(body));
  // Reads the table, because each request to the API would count against the account's limit per minute.
  await eventually(async () => {
    const row = await env.DB.prepare("SELECT status FROM audio_tracks WHERE id = ?").bind(body.id).first();
    return row?.status !== "processing";
  });
  return (await audioOf(body.id, user.token)).body;
};

/** Inserts tracks for tests of lists, without uploads: they are ready and have the given number of plays. */
export const insertTracks = async (
  userId: string,
  tracks: readonly {
    readonly title: string;
    readonly genre?: string;
    readonly tags?: readonly string[];
    readonly plays?: number;
    readonly environment?: "live" | "sandbox";
    readonly visibility?: "public" | "private";
    readonly createdAt?: number;
  }[],
): Promise<string[]> => {
  const ids = tracks.map(() => `audio_${crypto.randomUUID()}`);
  await env.DB.batch(
    tracks.flatMap((track, i) => [
      env.DB.prepare(
        `INSERT INTO audio_tracks (id, user_id, environment, title, description, genre, tags, visibility, status, price,
           key, media_type, bytes, is_estimated, plays, created_at, updated_at)
         SELECT ?1, id, ?2, ?3, '', ?4, ?5, ?6, 'processing', 0, ?1, 'audio/mpeg', 1, 0, ?7, ?8, ?8
         FROM users WHERE uuid = ?9`,
      ).bind(
        ids[i] ?? "",
        track.environment ?? "live",
        track.title,
        track.genre ?? "",
        JSON.stringify(track.tags ?? []),
        track.visibility ?? "public",
        track.plays ?? 0,
        track.createdAt ?? Date.now(),
        userId,
      ),
      env.DB.prepare("UPDATE audio_tracks SET status = 'ready' WHERE id = ?").bind(ids[i] ?? ""),
    ]),
  );
  return ids;
};
