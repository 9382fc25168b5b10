import { sleep } from "../deadline.js";
import { LoopspaceError } from "../errors.js";
import type { Audio, AudioItem, Genre, Purchase, Visibility } from "../models.js";
import { checkNumber, type RequestOptions } from "../options.js";
import { everyItem, type Page, type PageOptions } from "../paging.js";
import { idIn, type Transport } from "../transport.js";
import { type NewAudio, uploadAudio } from "../upload/index.js";

const PATH = "/api/v1/audio";
const FIRST_LOOK_MS = 500;
const SLOWEST_LOOKS_MS = 5_000;
const READY_WITHIN_MS = 300_000;

const pathOf = (audioId: string, part = ""): string => `${PATH}/${idIn(audioId, "audioId")}${part}`;

/** The fields to change. Those that are left out keep their values. */
export interface AudioChange {
  readonly title?: string | undefined;
  readonly description?: string | undefined;
  readonly genre?: string | undefined;
  readonly tags?: readonly string[] | undefined;
  readonly visibility?: Visibility | undefined;
  /** In credits; 0 is free. */
  readonly price?: number | undefined;
}

export interface AudioFilters {
  readonly genre?: string | undefined;
  /** A track has to have all of them. */
  readonly tags?: readonly string[] | undefined;
}

export interface PopularOptions extends PageOptions {
  readonly genre?: string | undefined;
}

/** The calls for tracks. All of them throw `LoopspaceError`. */
export class AudioTracks {
  constructor(private readonly transport: Transport) {}

  /**
   * Uploads a track and returns it. Its status is `processing` first: see `waitUntilReady`. A file above 10 MB is
   * sent in chunks, and the upload resumes after a broken connection. A smaller one is a single request, which is
   * retried only if it cannot have had an effect. Throws `FILE_TOO_LARGE` (above 100 MB), `UNSUPPORTED_FORMAT`.
   */
  async upload(audio: NewAudio, options: RequestOptions = {}): Promise<Audio> {
    return uploadAudio(this.transport, audio, options, (audioId) => this.get(audioId, options));
  }

  /** Returns a track, with its waveform once it is ready. */
  async get(audioId: string, options: RequestOptions = {}): Promise<Audio> {
    return this.transport.json({ ...options, method: "GET", path: pathOf(audioId) });
  }

  /**
   * Polls a track until it is ready, and returns it. Throws `TIMEOUT` after `within` milliseconds (default 300,000),
   * and `PROCESSING_FAILED` where the server could not process the track.
   */
  async waitUntilReady(
    audioId: string,
    { within: given, ...options }: RequestOptions & { readonly within?: number | undefined } = {},
  ): Promise<Audio> {
    const within = checkNumber("within", given, READY_WITHIN_MS);
    const end = Date.now() + within;
    for (let wait = FIRST_LOOK_MS; ; wait = Math.min(wait * 1.5, SLOWEST_LOOKS_MS)) {
      const audio = await this.get(audioId, options);
      if (audio.status === "ready") return audio;
      if (audio.status === "failed")
        throw new LoopspaceError(
          "PROCESSING_FAILED",
          `the track could not be processed: ${audio.failure ?? "unknown"}`,
        );
      const left = end - Date.now();
      if (left <= 0) throw new LoopspaceError("TIMEOUT", `the track is not ready after ${within} ms`);
      await sleep(Math.min(wait, left), options.signal);
    }
  }

  /** Changes fields of a track that the caller owns, and returns the track. */
  async update(audioId: string, change: AudioChange, options: RequestOptions = {}): Promise<Audio> {
    return this.transport.json({ ...options, method: "PATCH", path: pathOf(audioId), json: change });
  }

  /** Deletes a track that the caller owns, with its files. A track that was bought stays available to its buyers. */
  async delete(audioId: string, options: RequestOptions = {}): Promise<void> {
    return this.transport.delete(pathOf(audioId), options);
  }

  /** Returns a page of the popular tracks. */
  async getPopular(options: PopularOptions = {}): Promise<Page<AudioItem>> {
    const { page, limit, genre, ...request } = options;
    const query = { page, limit, genre };
    return this.transport.json({ ...request, method: "GET", path: `${PATH}/popular`, query });
  }

  /** Iterates the popular tracks. */
  popular(options: Omit<PopularOptions, "page" | "limit"> = {}): AsyncGenerator<AudioItem, void, undefined> {
    return everyItem((page) => this.getPopular({ ...options, ...page }));
  }

  /**
   * Returns a page of the tracks that have every word of `query` in title, artist, tags or description, in any
   * script.
   */
  async search(
    query: string,
    filters: AudioFilters = {},
    options: PageOptions = {},
  ): Promise<Page<AudioItem>> {
    const { page, limit, ...request } = options;
    const { genre, tags } = filters;
    return this.transport.json({
      ...request,
      method: "GET",
      path: `${PATH}/search`,
      query: { query, genre, tags: tags && JSON.stringify(tags), page, limit },
    });
  }

  /** Iterates the tracks that `search` finds. */
  searchAll(
    query: string,
    filters: AudioFilters = {},
    options: RequestOptions = {},
  ): AsyncGenerator<AudioItem, void, undefined> {
    return everyItem((page) => this.search(query, filters, { ...options, ...page }));
  }

  /** Returns the genres that have tracks, the one with the most tracks first; at most 200. */
  async getGenres(options: RequestOptions = {}): Promise<Genre[]> {
    const path = `${PATH}/genres`;
    const { data } = await this.transport.json<{ data: Genre[] }>({ ...options, method: "GET", path });
    return data;
  }

  /** Counts a play by the caller, at most once per UTC day. Returns the number of plays so far. */
  async recordPlay(audioId: string, options: RequestOptions = {}): Promise<{ readonly playsCount: number }> {
    return this.transport.json({
      ...options,
      method: "POST",
      path: pathOf(audioId, "/plays"),
      mayRepeat: true,
    });
  }

  /**
   * Buys a track with credits. Buying it again costs nothing and returns the same purchase. `price` is the price that
   * the buyer saw: if the track has another price now, nothing is bought and `PRICE_CHANGED` is thrown. The key or
   * token needs the scope `purchases` (`INSUFFICIENT_SCOPE`). Credits that were given (at sign-up or as a gift)
   * cannot pay for tracks: where the other credits are too few, `INSUFFICIENT_CREDITS` is thrown.
   */
  async purchase(
    audioId: string,
    { price, ...options }: RequestOptions & { readonly price?: number | undefined } = {},
  ): Promise<Purchase> {
    const path = pathOf(audioId, "/purchase");
    return this.transport.json({ ...options, method: "POST", path, json: { price }, mayRepeat: true });
  }

  /** Returns a page of the caller's purchases, newest first. */
  async getPurchases({ page, limit, ...options }: PageOptions = {}): Promise<Page<Purchase>> {
    return this.transport.json({
      ...options,
      method: "GET",
      path: `${PATH}/purchases`,
      query: { page, limit },
    });
  }

  /** Iterates the caller's purchases, newest first. */
  purchases(options: RequestOptions = {}): AsyncGenerator<Purchase, void, undefined> {
    return everyItem((page) => this.getPurchases({ ...options, ...page }));
  }

  /**
   * Returns the file as it was uploaded, as a `Response` whose body is unread. `signal` also aborts reading the body.
   * Throws `FORBIDDEN` where the caller has not bought a priced track.
   */
  async download(audioId: string, options: RequestOptions = {}): Promise<Response> {
    return this.transport.response({ ...options, method: "GET", path: pathOf(audioId, "/download") });
  }
}
