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

/** What is left out stays. */
export interface AudioChange {
  readonly title?: string | undefined;
  readonly description?: string | undefined;
  readonly genre?: string | undefined;
  readonly tags?: readonly string[] | undefined;
  readonly visibility?: Visibility | undefined;
  /** Credits; 0 is free. */
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

/** Tracks. All calls throw LoopspaceError. */
export class AudioTracks {
  constructor(private readonly transport: Transport) {}

  /**
   * Uploads a track. It is `processing` at first: see `waitUntilReady`. Above 10 MB an upload goes on where a connection
   * broke; up to that it is one request, which is not repeated unless it was refused.
   */
  async upload(audio: NewAudio, options: RequestOptions = {}): Promise<Audio> {
    return uploadAudio(this.transport, audio, options, (audioId) => this.get(audioId, options));
  }

  /** A track, with its waveform once it is ready. */
  async get(audioId: string, options: RequestOptions = {}): Promise<Audio> {
    return this.transport.json({ ...options, method: "GET", path: pathOf(audioId) });
  }

  /**
   * Looks until a track is ready, at most `within` milliseconds (default 300,000; then `TIMEOUT`). One that came to nothing
   * is `PROCESSING_FAILED`.
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
          `the track came to nothing: ${audio.failure ?? "unknown"}`,
        );
      const left = end - Date.now();
      if (left <= 0) throw new LoopspaceError("TIMEOUT", `the track is not ready after ${within} ms`);
      await sleep(Math.min(wait, left), options.signal);
    }
  }

  /** Changes what is said of a track of the caller's. */
  async update(audioId: string, change: AudioChange, options: RequestOptions = {}): Promise<Audio> {
    return this.transport.json({ ...options, method: "PATCH", path: pathOf(audioId), json: change });
  }

  /** Deletes a track of the caller's, with its files. Who bought it keeps it. */
  async delete(audioId: string, options: RequestOptions = {}): Promise<void> {
    return this.transport.delete(pathOf(audioId), options);
  }

  /** A page of what people listen to. */
  async getPopular(options: PopularOptions = {}): Promise<Page<AudioItem>> {
    const { page, limit, genre, ...request } = options;
    const query = { page, limit, genre };
    return this.transport.json({ ...request, method: "GET", path: `${PATH}/popular`, query });
  }

  /** All of what people listen to. */
  popular(options: Omit<PopularOptions, "page" | "limit"> = {}): AsyncGenerator<AudioItem, void, undefined> {
    return everyItem((page) => this.getPopular({ ...options, ...page }));
  }

  /** A page of the tracks that have all words of `query`, in any script. */
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

  /** All of them. */
  searchAll(
    query: string,
    filters: AudioFilters = {},
    options: RequestOptions = {},
  ): AsyncGenerator<AudioItem, void, undefined> {
    return everyItem((page) => this.search(query, filters, { ...options, ...page }));
  }

  /** Genres that have tracks, the fullest first. */
  async getGenres(options: RequestOptions = {}): Promise<Genre[]> {
    const path = `${PATH}/genres`;
    const { data } = await this.transport.json<{ data: Genre[] }>({ ...options, method: "GET", path });
    return data;
  }

  /** Counts the caller as a listener, once a day. */
  async recordPlay(audioId: string, options: RequestOptions = {}): Promise<{ readonly playsCount: number }> {
    return this.transport.json({
      ...options,
      method: "POST",
      path: pathOf(audioId, "/plays"),
      mayRepeat: true,
    });
  }

  /**
   * Buys a track with credits, once however often it is asked. `price` is what the buyer saw: where it is another by now,
   * nothing is bought (`PRICE_CHANGED`). The key or token needs the scope `purchases`. Credits that were given (at sign-up
   * or as a gift) do not pay for tracks (`INSUFFICIENT_CREDITS`).
   */
  async purchase(
    audioId: string,
    { price, ...options }: RequestOptions & { readonly price?: number | undefined } = {},
  ): Promise<Purchase> {
    const path = pathOf(audioId, "/purchase");
    return this.transport.json({ ...options, method: "POST", path, json: { price }, mayRepeat: true });
  }

  /** A page of what the caller bought, the latest first. */
  async getPurchases({ page, limit, ...options }: PageOptions = {}): Promise<Page<Purchase>> {
    return this.transport.json({
      ...options,
      method: "GET",
      path: `${PATH}/purchases`,
      query: { page, limit },
    });
  }

  /** All of it. */
  purchases(options: RequestOptions = {}): AsyncGenerator<Purchase, void, undefined> {
    return everyItem((page) => this.getPurchases({ ...options, ...page }));
  }

  /** The file as it was uploaded, as an answer of `fetch` whose body is unread; `signal` ends it also while it is read. */
  async download(audioId: string, options: RequestOptions = {}): Promise<Response> {
    return this.transport.response({ ...options, method: "GET", path: pathOf(audioId, "/download") });
  }
}
