import { z } from "@hono/zod-openapi";
import { sendPage } from "../../../http/html.ts";
import { newRouter } from "../../../http/validation.ts";
import { Pages } from "../../../ui/components.tsx";
import { formatNumber } from "../../../ui/i18n.ts";
import { formTagsSchema, genreSchema } from "../contract/index.ts";
import { viewerOf } from "../viewer.ts";
import { limitPageViews } from "./page-limit.ts";
import { CONSOLE, canonicalOf, HOME, LoopspacePage, messagesOf, PageMetadata, TrackList } from "./parts.tsx";

const PAGE_SIZE = 20;
const LAST_PAGE = 500;

/** The query of the page. Invalid values are replaced by defaults, so that an edited address still shows a list. */
const askedSchema = z.object({
  query: z.string().trim().max(200).catch(""),
  genre: genreSchema.catch(""),
  tags: formTagsSchema.catch([]),
  page: z.coerce.number().int().min(1).max(LAST_PAGE).catch(1),
});

type Asked = z.output<typeof askedSchema>;

/** Returns the address of a list. Fields with their default values are left out. */
const hrefOf = ({ query, genre, tags = [], page = 1 }: Partial<Asked>): string => {
  const search = new URLSearchParams({
    ...(query && { query }),
    ...(genre && { genre }),
    ...(tags.length > 0 && { tags: tags.join(",") }),
    ...(page > 1 && { page: String(page) }),
  });
  return search.size === 0 ? HOME : `${HOME}?${search}`;
};

/** Returns the address of the list of tracks with a tag. */
export const tagHref = (tag: string): string => hrefOf({ tags: [tag] });
export const genreHref = (genre: string): string => hrefOf({ genre });

/** The front page: popular tracks, optionally of one genre, or search results. It works without JavaScript. */
export const frontPage = newRouter();

frontPage.get(HOME, limitPageViews, async (c) => {
  const { language, text } = messagesOf(c);
  const asked = askedSchema.parse(c.req.query());
  const { query, genre, tags, page } = asked;
  const isSearch = query !== "" || tags.length > 0;
  const viewer = viewerOf(c);
  const { audioCatalog } = c.get("services");
  const slice = { page, limit: PAGE_SIZE };
  const inGenre = genre || undefined;
  const [{ tracks, total }, genres] = await Promise.all([
    isSearch
      ? audioCatalog.search(viewer, { query, tags, genre: inGenre, ...slice })
      : audioCatalog.popular(viewer, inGenre, slice),
    audioCatalog.genres(viewer.environment),
  ]);
  const pages = Math.min(LAST_PAGE, Math.ceil(total / PAGE_SIZE));
  const isNarrowed = isSearch || genre !== "";
  c.header("Cache-Control", "no-cache");
  return sendPage(
    c,
    <LoopspacePage
      language={language}
      title={text.brand}
      at={HOME}
      head={
        <PageMetadata
          description={text.lead}
          canonical={canonicalOf(c, hrefOf(asked))}
          facts={{
            "og:type": "website",
            "og:site_name": text.brand,
            "og:title": text.brand,
            "og:description": text.lead,
            "og:url": canonicalOf(c, HOME),
          }}
        />
      }
    >
      <div class="stack">
        <h1>{text.brand}</h1>
        <p class="muted">{text.lead}</p>
        <search>
          <form class="inline-form" method="get" action={HOME}>
            <input
              type="search"
              name="query"
              value={query}
              maxlength={200}
              placeholder={text.searchFor}
              aria-label={text.searchFor}
            />
            {genre && <input type="hidden" name="genre" value={genre} />}
            <button type="submit">{text.search}</button>
            <a class="button button-quiet" href={`${CONSOLE}#tracks`}>
              {text.upload}
            </a>
          </form>
        </search>
        {genres.length > 0 && (
          <nav class="choice" aria-label={text.genres}>
            <a class={genre ? "chip" : "chip chip-on"} href={hrefOf({ query, tags })}>
              {text.allGenres}
            </a>
            {genres.slice(0, 24).map(({ genre: name, tracks: count }) => (
              <a
                class={name === genre ? "chip chip-on" : "chip"}
                href={hrefOf({ query, tags, genre: name })}
                aria-current={name === genre ? "true" : undefined}
              >
                {name} {formatNumber(language, count)}
              </a>
            ))}
          </nav>
        )}
      </div>
      <section class="card">
        <div class="heading">
          <h2>{isSearch ? text.found(formatNumber(language, total)) : text.popular}</h2>
          {tags.length > 0 && <span class="badge">{tags.join(", ")}</span>}
        </div>
        {tracks.length === 0 && <p class="muted">{isNarrowed ? text.nothingFound : text.nothingYet}</p>}
        <TrackList language={language} tracks={tracks} />
        {pages > 1 && (
          <Pages
            language={language}
            page={page}
            pages={pages}
            hrefOf={(other) => hrefOf({ ...asked, page: other })}
            words={text.pages}
          />
        )}
      </section>
    </LoopspacePage>,
  );
});
