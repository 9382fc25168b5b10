import { asVideoTask, type VideoTask } from "../../../core/generation/index.ts";
import { type AppContext, fail } from "../../../http/context.ts";
import { sendPage } from "../../../http/html.ts";
import { answerOrigin } from "../../../http/origins.ts";
import { serveObject } from "../../../http/serve-object.ts";
import { newRouter } from "../../../http/validation.ts";
import { limitPublicCalls } from "../limits.ts";
import { PRODUCT } from "../operations/generate.ts";
import { languageAndMessages, SoraLayout } from "./layout.tsx";

const SIZES: Record<VideoTask["params"]["aspectRatio"], readonly [width: number, height: number]> = {
  "16:9": [640, 360],
  "9:16": [360, 640],
  "1:1": [480, 480],
  "4:3": [640, 480],
  "3:4": [480, 640],
};

/** The metadata that chats and search engines show for a link. */
const OpenGraph = ({ task, origin, token, locale, title }: OpenGraphProps) => {
  const [width, height] = SIZES[task.params.aspectRatio];
  const url = `${origin}/share/${token}`;
  const facts: [string, string | undefined][] = [
    ["og:type", "video.other"],
    ["og:site_name", "Sora2"],
    ["og:locale", locale],
    ["og:url", url],
    ["og:title", title],
    ["og:description", task.prompt],
    ["og:image", task.thumbnailKey === null ? undefined : `${url}/thumbnail`],
    ["og:video", `${url}/video`],
    ["og:video:type", task.mediaType ?? undefined],
    ["og:video:width", String(width)],
    ["og:video:height", String(height)],
  ];
  return (
    <>
      <meta name="robots" content="noindex" />
      <meta name="description" content={task.prompt} />
      <meta name="twitter:card" content="player" />
      {facts.map(
        ([property, content]) => content !== undefined && <meta property={property} content={content} />,
      )}
    </>
  );
};

interface OpenGraphProps {
  readonly task: VideoTask;
  readonly origin: string;
  readonly token: string;
  readonly locale: string;
  readonly title: string;
}

const sharedPage = (c: AppContext, task: VideoTask, token: string) => {
  const { language, text } = languageAndMessages(c);
  const [width, height] = SIZES[task.params.aspectRatio];
  const source = `/share/${token}/video`;
  c.header("Cache-Control", "no-store");
  return sendPage(
    c,
    <SoraLayout
      language={language}
      title={text.sharedVideo}
      head={
        <OpenGraph
          task={task}
          origin={answerOrigin(c)}
          token={token}
          locale={language === "zh-CN" ? "zh_CN" : "en_US"}
          title={text.sharedVideo}
        />
      }
    >
      <article class="card">
        {/* biome-ignore lint/a11y/useMediaCaption: generated videos have no speech to caption */}
        <video
          class="player"
          controls
          playsinline
          preload="metadata"
          width={width}
          height={height}
          src={source}
          poster={task.thumbnailKey === null ? undefined : `/share/${token}/thumbnail`}
          aria-label={task.prompt}
        />
        <h1 class="prompt">{task.prompt}</h1>
        <p class="muted small">
          {text.madeWith}
          {task.model === null ? "" : ` · ${task.model}`}
        </p>
        <a class="button button-quiet" href={`${source}?download=1`}>
          {text.downloadVideo}
        </a>
      </article>
    </SoraLayout>,
  );
};

/** The public pages of shared videos. The link is the only authorization. */
export const sharePages = newRouter();

sharePages.get("/share/:token", limitPublicCalls, async (c) => {
  const token = c.req.param("token");
  const found = await c.get("services").generator.findShared(PRODUCT, token);
  return found.ok ? sharedPage(c, asVideoTask(found.value), token) : fail(c, found.error);
});

sharePages.get("/share/:token/:part{video|thumbnail}", async (c) => {
  const found = await c.get("services").generator.findShared(PRODUCT, c.req.param("token"));
  if (!found.ok) return fail(c, found.error);
  const { mediaKey, thumbnailKey, prompt } = found.value;
  const key = c.req.param("part") === "video" ? mediaKey : thumbnailKey;
  if (key === null) return fail(c, { code: "media_gone" });
  return serveObject(c, key, {
    cacheControl: "private, max-age=300",
    ...(c.req.query("download") === undefined ? {} : { attachment: prompt }),
  });
});
