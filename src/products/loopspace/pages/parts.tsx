import type { Child } from "hono/jsx";
import type { AppContext } from "../../../http/context.ts";
import { answerOrigin } from "../../../http/origins.ts";
import { userIdOf } from "../../../lib/ids.ts";
import { formatNumber, type Language, negotiateLanguage } from "../../../ui/i18n.ts";
import { Layout } from "../../../ui/layout.tsx";
import type { Track } from "../domain/index.ts";
import { LOOPSPACE_MESSAGES } from "./messages.ts";

export const HOME = "/loopspace";
export const CONSOLE = "/loopspace/console";

/** Returns the language of the request and the messages of the pages in it. */
export const messagesOf = (c: AppContext) => {
  const language = negotiateLanguage(c.req.header("accept-language"), "zh-CN");
  return { language, text: LOOPSPACE_MESSAGES[language] };
};

export const trackPath = (id: string): string => `/loopspace/tracks/${id}`;
export const profilePath = (uuid: string): string => `/loopspace/users/${userIdOf(uuid)}`;
/** The address of the sign-in that leads back to `path`. */
export const signInPath = (path: string): string => `${CONSOLE}?next=${encodeURIComponent(path)}`;

interface LoopspacePageProps {
  readonly language: Language;
  readonly title: string;
  /** The header link that is marked as current. */
  readonly at?: typeof HOME | typeof CONSOLE;
  readonly scripts?: readonly string[];
  readonly head?: Child;
  readonly children?: Child;
}

export const LoopspacePage = ({ language, title, at, children, ...rest }: LoopspacePageProps) => {
  const text = LOOPSPACE_MESSAGES[language];
  const links = [
    { href: HOME, label: text.discover },
    { href: CONSOLE, label: text.console },
    { href: "/api-docs", label: text.docs },
  ];
  return (
    <Layout
      language={language}
      title={title === text.brand ? title : `${title} · ${text.brand}`}
      brand={{ name: text.brand, href: HOME }}
      links={links.map((link) => ({ ...link, current: link.href === at }))}
      styles={["loopspace"]}
      {...rest}
    >
      {children}
    </Layout>
  );
};

/** The metadata of a page for link previews and search engines. Undefined facts are left out. */
export const PageMetadata = ({
  description,
  canonical,
  facts,
}: {
  readonly description: string;
  readonly canonical: string;
  /** Names starting with `twitter:` become `name` attributes; all others (`og:…`, `music:…`) become `property`. */
  readonly facts: Readonly<Record<string, string | undefined>>;
}) => (
  <>
    <meta name="description" content={description} />
    <link rel="canonical" href={canonical} />
    {Object.entries(facts).map(([name, content]) => {
      if (content === undefined) return null;
      return name.startsWith("twitter:") ? (
        <meta name={name} content={content} />
      ) : (
        <meta property={name} content={content} />
      );
    })}
  </>
);

export const canonicalOf = (c: AppContext, path: string): string => answerOrigin(c) + path;

/** Shortens a text to one line of at most `longest` code points. */
export const oneLine = (text: string, longest = 200): string => {
  const line = text.replace(/\s+/g, " ").trim();
  const signs = [...line];
  return signs.length <= longest ? line : `${signs.slice(0, longest - 1).join("")}…`;
};

/** Formats a length like `3:07` or `1:02:45`. */
export const formatLength = (seconds: number): string => {
  const all = Math.floor(seconds);
  const [hours, minutes, rest] = [Math.floor(all / 3_600), Math.floor(all / 60) % 60, all % 60];
  const two = (value: number) => String(value).padStart(2, "0");
  return hours > 0 ? `${hours}:${two(minutes)}:${two(rest)}` : `${minutes}:${two(rest)}`;
};

/** The cover of a track, or a music note where it has none. */
export const Cover = ({
  track,
  label,
  large = false,
}: {
  readonly track: Track;
  /** The alternative text, where the title does not stand beside the cover. */
  readonly label?: string;
  readonly large?: boolean;
}) => {
  const side = large ? 240 : 56;
  const name = large ? "cover cover-large" : "cover";
  return track.coverKey === null ? (
    <span class={`${name} cover-none`} aria-hidden="true">
      ♪
    </span>
  ) : (
    <img
      class={name}
      src={`/media/${track.coverKey}`}
      width={side}
      height={side}
      alt={label ?? ""}
      loading={large ? "eager" : "lazy"}
    />
  );
};

/** A list of tracks with links to their pages. */
export const TrackList = ({
  language,
  tracks,
}: {
  readonly language: Language;
  readonly tracks: readonly Track[];
}) => {
  const text = LOOPSPACE_MESSAGES[language];
  return (
    <ul class="plain tracks">
      {tracks.map((track) => (
        <li class="track-line">
          <Cover track={track} />
          <span class="track-names">
            <a href={trackPath(track.id)}>{track.title}</a>
            <span class="muted small">
              <a class="quiet" href={profilePath(track.owner.uuid)}>
                {track.owner.username}
              </a>
              {track.genre ? ` · ${track.genre}` : ""}
            </span>
          </span>
          <span class="track-figures muted small">
            {track.price > 0 && (
              <span class="badge">{text.credits(formatNumber(language, track.price))}</span>
            )}
            <span>{text.plays(formatNumber(language, track.plays))}</span>
            <span>{track.durationMs === null ? "" : formatLength(track.durationMs / 1_000)}</span>
          </span>
        </li>
      ))}
    </ul>
  );
};
