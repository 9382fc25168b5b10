import { type AppContext, fail } from "../../../http/context.ts";
import { sendPage } from "../../../http/html.ts";
import { newRouter } from "../../../http/validation.ts";
import { Time } from "../../../ui/components.tsx";
import { formatNumber, type Language } from "../../../ui/i18n.ts";
import type { Track } from "../domain/index.ts";
import { audioPathOf } from "../urls.ts";
import { viewerOf } from "../viewer.ts";
import { genreHref, tagHref } from "./front.tsx";
import { LOOPSPACE_MESSAGES } from "./messages.ts";
import { limitPageViews } from "./page-limit.ts";
import {
  Cover,
  canonicalOf,
  formatLength,
  LoopspacePage,
  messagesOf,
  oneLine,
  PageMetadata,
  profilePath,
  signInPath,
  trackPath,
} from "./parts.tsx";
import { PICTURE_HEIGHT, PICTURE_WIDTH } from "./track-picture.ts";
import { Waveform } from "./waveform.tsx";

/** The link preview of a track, with its audio for applications that play `og:audio`. */
const TrackFacts = ({ c, track }: { readonly c: AppContext; readonly track: Track }) => {
  const { language, text } = messagesOf(c);
  const at = (path: string): string => canonicalOf(c, path);
  const artist = track.artist ?? track.owner.username;
  const description = oneLine(track.description || text.trackBy(artist));
  const hasCover = track.coverKey !== null;
  const image = at(hasCover ? `/media/${track.coverKey}` : `${trackPath(track.id)}/picture.png`);
  return (
    <PageMetadata
      description={description}
      canonical={at(trackPath(track.id))}
      facts={{
        "og:type": "music.song",
        "og:site_name": text.brand,
        "og:locale": language === "zh-CN" ? "zh_CN" : "en_US",
        "og:locale:alternate": language === "zh-CN" ? "en_US" : "zh_CN",
        "og:url": at(trackPath(track.id)),
        "og:title": track.title,
        "og:description": description,
        "og:image": image,
        "og:image:type": hasCover ? "image/webp" : "image/png",
        "og:image:width": hasCover ? undefined : String(PICTURE_WIDTH),
        "og:image:height": hasCover ? undefined : String(PICTURE_HEIGHT),
        "og:image:alt": text.cover(track.title),
        "og:audio": at(audioPathOf(track.id, "/stream")),
        "og:audio:type": track.mediaType,
        "music:duration":
          track.durationMs === null ? undefined : String(Math.max(1, Math.round(track.durationMs / 1_000))),
        "music:musician": at(profilePath(track.owner.uuid)),
        "twitter:card": hasCover ? "summary" : "summary_large_image",
        "twitter:title": track.title,
        "twitter:description": description,
        "twitter:image": image,
        "twitter:image:alt": text.cover(track.title),
      }}
    />
  );
};

interface TrackProps {
  readonly language: Language;
  readonly track: Track;
}

/** The player. Without a script it is the browser's audio controls above a picture of the waveform. */
const Player = ({ language, track }: TrackProps) => {
  const text = LOOPSPACE_MESSAGES[language];
  const { durationMs, price } = track;
  const isCut = price > 0;
  const seconds = (durationMs ?? 0) / 1_000;
  const previewMs = track.preview?.durationMs ?? 0;
  const heard = isCut ? previewMs / (durationMs || 1) : 1;
  return (
    <section
      class="stack"
      aria-label={track.title}
      data-track={track.id}
      data-seconds={String(seconds)}
      data-preview={isCut ? String(previewMs / 1_000) : ""}
      data-price={String(price)}
    >
      {/* biome-ignore lint/a11y/useMediaCaption: no transcript of the upload exists */}
      <audio
        class="listen"
        controls
        preload="metadata"
        src={heard > 0 ? audioPathOf(track.id, "/stream") : undefined}
      />
      <div class="player-line">
        <button type="button" class="play" hidden>
          <svg viewBox="0 0 24 24" aria-hidden="true">
            <path class="sign-play" d="M7 4v16l13-8z" />
            <path class="sign-pause" d="M6 4h4v16H6zM14 4h4v16h-4z" />
          </svg>
        </button>
        <div class="wave-slider" role="img" aria-label={text.waveform}>
          <Waveform peaks={track.waveform} heard={heard} />
        </div>
      </div>
      <p class="heading muted small">
        <span class="clock" aria-hidden="true" />
        {track.isEstimated && <span>{text.estimated}</span>}
        <span>{formatLength(seconds)}</span>
      </p>
      <p class="notice notice-bad" role="alert" hidden data-problem />
      {price > 0 && (
        <div class="notice actions" data-shop>
          <strong>{text.credits(formatNumber(language, price))}</strong>
          <span class="shop-words">
            {heard > 0 ? text.preview(formatNumber(language, Math.ceil(previewMs / 1_000))) : text.noPreview}
          </span>
          <a class="button" href={signInPath(trackPath(track.id))} data-buy>
            {text.signInToBuy}
          </a>
        </div>
      )}
    </section>
  );
};

/** The fields that the owner set and the tags of the file. */
const About = ({ language, track }: TrackProps) => {
  const text = LOOPSPACE_MESSAGES[language];
  const format = [
    track.codec ?? track.mediaType,
    track.bitrate === null ? undefined : `${formatNumber(language, track.bitrate)} kbit/s`,
    track.sampleRate === null ? undefined : `${formatNumber(language, track.sampleRate / 1_000)} kHz`,
  ];
  const year = track.year === null ? "" : ` (${track.year})`;
  return (
    <section class="card">
      <h2>{text.about}</h2>
      {track.description && <p class="said">{track.description}</p>}
      {track.tags.length > 0 && (
        <nav class="choice" aria-label={text.tags}>
          {track.tags.map((tag) => (
            <a class="chip" href={tagHref(tag)}>
              {tag}
            </a>
          ))}
        </nav>
      )}
      <dl class="facts">
        <dt>{text.published}</dt>
        <dd>
          <Time language={language} ms={track.createdAt} />
        </dd>
        {track.genre && (
          <>
            <dt>{text.genre}</dt>
            <dd>
              <a href={genreHref(track.genre)}>{track.genre}</a>
            </dd>
          </>
        )}
        {track.artist && (
          <>
            <dt>{text.artist}</dt>
            <dd>{track.artist}</dd>
          </>
        )}
        {track.album && (
          <>
            <dt>{text.album}</dt>
            <dd>{track.album + year}</dd>
          </>
        )}
        <dt>{text.format}</dt>
        <dd>{format.filter((part) => part !== undefined).join(", ")}</dd>
      </dl>
    </section>
  );
};

const TrackPage = ({ c, track }: { readonly c: AppContext; readonly track: Track }) => {
  const { language, text } = messagesOf(c);
  const { owner } = track;
  return (
    <LoopspacePage
      language={language}
      title={`${track.title} · ${owner.username}`}
      scripts={["loopspace-track"]}
      head={<TrackFacts c={c} track={track} />}
    >
      <article class="card">
        <div class="track-head">
          <Cover track={track} label={text.cover(track.title)} large />
          <div class="stack">
            <h1>{track.title}</h1>
            <p>
              {text.by} <a href={profilePath(owner.uuid)}>{owner.username}</a>
            </p>
            <p class="muted" data-plays>
              {text.plays(formatNumber(language, track.plays))}
            </p>
            <div class="actions">
              {track.price === 0 && (
                <a
                  class="button button-quiet"
                  href={audioPathOf(track.id, "/download")}
                  data-download
                  download
                >
                  {text.download}
                </a>
              )}
            </div>
          </div>
        </div>
        <Player language={language} track={track} />
      </article>
      <About language={language} track={track} />
    </LoopspacePage>
  );
};

/**
 * The page of a track as a guest sees it. A browser sends no token with a navigation, so the page's script adds what
 * only the owner or a buyer may see.
 */
export const trackPage = newRouter();

trackPage.get("/loopspace/tracks/:id{[A-Za-z0-9_-]{1,64}}", limitPageViews, async (c) => {
  const found = await c.get("services").audioLibrary.find(viewerOf(c), c.req.param("id"));
  if (!found.ok) return fail(c, found.error);
  c.header("Cache-Control", "no-cache");
  return sendPage(c, <TrackPage c={c} track={found.value} />);
});
