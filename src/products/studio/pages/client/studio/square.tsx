import { useEffect, useRef, useState } from "hono/jsx/dom";
import { Problem, useAction } from "../../../../../ui/client/shared/action.tsx";
import type { Feed, PlayCount, Post, ReactionCount } from "../../../contract/index.ts";
import { call } from "./api.ts";
import { text } from "./language.ts";
import { Choice, Dialog, Media, Thumbnail } from "./parts.tsx";

const PAGE_SIZE = 24;
type Order = "hot" | "latest" | "favorites";

interface ReactionProps {
  readonly on: boolean;
  readonly count: number;
  readonly label: string;
  readonly sign: string;
  readonly onToggle: () => void;
}

const Reaction = ({ on, count, label, sign, onToggle }: ReactionProps) => (
  <button
    type="button"
    class={on ? "chip chip-on" : "chip"}
    aria-pressed={on ? "true" : "false"}
    aria-label={label}
    onClick={onToggle}
  >
    {sign} {count}
  </button>
);

interface OpenPostProps {
  readonly post: Post;
  readonly isGuest: boolean;
  readonly onClose: () => void;
  readonly onChanged: (post: Post) => void;
}

/** The dialog of a work on the square. */
const OpenPost = ({ post, isGuest, onClose, onChanged }: OpenPostProps) => {
  const { problem, act } = useAction();
  const [isReported, setReported] = useState(false);
  const play = () =>
    act(async () => {
      const { playCount } = await call<PlayCount>(`/square/${post.id}/play`, "POST");
      onChanged({ ...post, playCount });
    });
  // An image counts as viewed when it is opened, a video when it plays.
  useEffect(() => {
    if (post.type === "image") void play();
  }, []);
  const toggle = (word: "like" | "favorite") =>
    act(async () => {
      const isOn = word === "like" ? post.liked : post.favorited;
      const { count } = await call<ReactionCount>(`/square/${post.id}/${word}`, isOn ? "DELETE" : "POST");
      onChanged(
        word === "like"
          ? { ...post, liked: !isOn, likeCount: count }
          : { ...post, favorited: !isOn, favoriteCount: count },
      );
    });
  const report = () => {
    const reason = prompt(text.reportWhy)?.trim();
    if (!reason) return;
    void act(async () => {
      await call(`/square/${post.id}/report`, "POST", { reason });
      setReported(true);
    });
  };
  return (
    <Dialog title={post.description} onClose={onClose}>
      <Problem message={problem} />
      {post.files.map(({ url, thumbnail }) => (
        <Media
          key={url}
          type={post.type}
          url={url}
          thumbnail={thumbnail}
          title={post.description}
          onPlay={play}
        />
      ))}
      <p class="muted small">
        {text.by} {post.author.username} · {text.plays(post.playCount)}
      </p>
      <div class="actions" hidden={isGuest}>
        <Reaction
          on={post.liked}
          count={post.likeCount}
          label={text.like}
          sign="♥"
          onToggle={() => toggle("like")}
        />
        <Reaction
          on={post.favorited}
          count={post.favoriteCount}
          label={text.favorite}
          sign="★"
          onToggle={() => toggle("favorite")}
        />
        {isReported ? (
          <span class="muted small">{text.reported}</span>
        ) : (
          <button type="button" class="chip" onClick={report}>
            {text.report}
          </button>
        )}
      </div>
    </Dialog>
  );
};

/** The public square. Guests can view works, but not react to them. */
export const Square = ({ isGuest = false }: { readonly isGuest?: boolean }) => {
  const [order, setOrder] = useState<Order>("hot");
  const [posts, setPosts] = useState<readonly Post[]>([]);
  const [cursor, setCursor] = useState<string | undefined>(undefined);
  const [isLoaded, setLoaded] = useState(false);
  const [open, setOpen] = useState<string | undefined>(undefined);
  const { problem, act } = useAction();
  // When responses arrive out of order, only that of the latest request is used.
  const asked = useRef(0);
  const load = (after?: string) =>
    act(async () => {
      asked.current = (asked.current ?? 0) + 1;
      const turn = asked.current;
      const path = order === "favorites" ? "/square/favorites?" : `/square/feeds?sort=${order}&`;
      const page = await call<Feed>(
        `${path}pageSize=${PAGE_SIZE}${after ? `&cursor=${encodeURIComponent(after)}` : ""}`,
      );
      if (turn !== asked.current) return;
      setPosts((known: readonly Post[]) => (after ? [...known, ...page.list] : page.list));
      setCursor(page.nextCursor);
      setLoaded(true);
    });
  useEffect(() => {
    void load();
  }, [order]);
  const shown = posts.find(({ id }) => id === open);
  return (
    <section class="stack">
      <Choice
        label={text.tabs.square}
        options={[
          ["hot", text.hot],
          ["latest", text.latest],
          ...(isGuest ? [] : [["favorites", text.favorites] as const]),
        ]}
        value={order}
        onChange={setOrder}
      />
      <Problem message={problem} />
      {isLoaded && posts.length === 0 && <p class="muted">{text.emptySquare}</p>}
      <ul class="gallery">
        {posts.map((post) => (
          <li key={post.id} data-post={post.id}>
            <button type="button" class="tile" onClick={() => setOpen(post.id)} title={post.description}>
              <Thumbnail src={post.thumbnail} title={post.description} />
              <span class="tile-line">
                <span class="tile-title">{post.description}</span>
                <span class="muted small">♥ {post.likeCount}</span>
              </span>
            </button>
          </li>
        ))}
      </ul>
      {cursor && (
        <button type="button" class="button-quiet" onClick={() => load(cursor)}>
          {text.loadMore}
        </button>
      )}
      {shown && (
        <OpenPost
          key={shown.id}
          post={shown}
          isGuest={isGuest}
          onClose={() => setOpen(undefined)}
          onChanged={(changed) =>
            setPosts((known: readonly Post[]) =>
              known.map((post) => (post.id === changed.id ? changed : post)),
            )
          }
        />
      )}
    </section>
  );
};
