import { z } from "@hono/zod-openapi";
import type { Profile } from "../../../core/social/index.ts";
import { fail } from "../../../http/context.ts";
import { sendPage } from "../../../http/html.ts";
import { newRouter } from "../../../http/validation.ts";
import { userIdOf, uuidOf } from "../../../lib/ids.ts";
import { Figure, Pages, Time } from "../../../ui/components.tsx";
import { formatNumber, type Language } from "../../../ui/i18n.ts";
import { avatarOf } from "../urls.ts";
import { viewerOf } from "../viewer.ts";
import { LOOPSPACE_MESSAGES } from "./messages.ts";
import { limitPageViews } from "./page-limit.ts";
import {
  canonicalOf,
  LoopspacePage,
  messagesOf,
  PageMetadata,
  profilePath,
  signInPath,
  TrackList,
} from "./parts.tsx";

const PAGE_SIZE = 20;
const LAST_PAGE = 5_000;

const pageSchema = z.coerce.number().int().min(1).max(LAST_PAGE).catch(1);

/** The user's name, picture and figures. */
const Head = ({ language, profile }: { readonly language: Language; readonly profile: Profile }) => {
  const text = LOOPSPACE_MESSAGES[language];
  const figures = [
    [text.followers, profile.followers, "followers"],
    [text.following, profile.following, "following"],
    [text.tracks, profile.tracks, "tracks"],
    [text.allPlays, profile.plays, "plays"],
  ] as const;
  return (
    <article class="card" data-user={userIdOf(profile.uuid)}>
      <div class="track-head">
        {profile.avatarKey === null ? (
          <span class="cover avatar cover-none" aria-hidden="true">
            {[...profile.username][0]}
          </span>
        ) : (
          <img class="cover avatar" src={`/media/${profile.avatarKey}`} width="96" height="96" alt="" />
        )}
        <div class="stack">
          <h1>{profile.fullName}</h1>
          <p class="muted">
            @{profile.username} · {text.joined} <Time language={language} ms={profile.createdAt} />
          </p>
          <p class="notice notice-bad" role="alert" hidden data-problem />
          <div class="actions">
            <a class="button" href={signInPath(profilePath(profile.uuid))} data-follow>
              {text.signInToFollow}
            </a>
          </div>
        </div>
      </div>
      <dl class="figures">
        {figures.map(([label, value, name]) => (
          <div data-figure={name}>
            <Figure label={label} value={formatNumber(language, value)} />
          </div>
        ))}
      </dl>
    </article>
  );
};

/** The public profile of a user with the user's public tracks. */
export const profilePage = newRouter();

profilePage.get("/loopspace/users/:id{user_[0-9a-f]{32}}", limitPageViews, async (c) => {
  const { language, text } = messagesOf(c);
  const uuid = uuidOf(c.req.param("id"));
  if (uuid === undefined) return fail(c, { code: "not_found", what: "user" });
  const page = pageSchema.parse(c.req.query("page") ?? "1");
  const services = c.get("services");
  const [profile, listed] = await Promise.all([
    services.socialIn("live").profile(uuid, undefined),
    services.audioCatalog.byUser(viewerOf(c), uuid, { page, limit: PAGE_SIZE }),
  ]);
  if (!profile.ok) return fail(c, profile.error);
  if (!listed.ok) return fail(c, listed.error);
  const { tracks, total } = listed.value;
  const { username, fullName, avatarKey } = profile.value;
  const description = text.profileOf(fullName, formatNumber(language, total));
  const canonical = canonicalOf(c, profilePath(uuid));
  const pages = Math.ceil(total / PAGE_SIZE);
  c.header("Cache-Control", "no-cache");
  return sendPage(
    c,
    <LoopspacePage
      language={language}
      title={fullName}
      scripts={["loopspace-profile"]}
      head={
        <PageMetadata
          description={description}
          canonical={canonical}
          facts={{
            "og:type": "profile",
            "og:site_name": text.brand,
            "og:url": canonical,
            "og:title": fullName,
            "og:description": description,
            "og:image": avatarOf(c, avatarKey) ?? undefined,
            "profile:username": username,
            "twitter:card": "summary",
          }}
        />
      }
    >
      <Head language={language} profile={profile.value} />
      <section class="card">
        <h2>{text.tracks}</h2>
        {tracks.length === 0 && <p class="muted">{text.noTracks}</p>}
        <TrackList language={language} tracks={tracks} />
        {pages > 1 && (
          <Pages
            language={language}
            page={page}
            pages={pages}
            hrefOf={(other) => `${profilePath(uuid)}?page=${other}`}
            words={text.pages}
          />
        )}
      </section>
    </LoopspacePage>,
  );
});
