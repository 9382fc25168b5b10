/** A fake gateway that speaks OpenAI's Videos wire format. */
import { serveFake } from "./http.ts";
import {
  assertDocumented,
  failureAnswer,
  failureOf,
  Jobs,
  mediaAnswer,
  type Phase,
  sendTruncated,
  THUMBNAIL,
} from "./vendor.ts";

const KEY = "sk-sora-test";
const STATUS: Record<Phase, string> = {
  queued: "queued",
  running: "in_progress",
  done: "completed",
  failed: "failed",
  moderated: "failed",
  cancelled: "failed",
};
const error = (message: string, code = "server_error") => ({
  error: { message, type: "error", param: null, code },
});

/** Returns the fields of a form; the only file among them is read as text too. */
const fieldsOf = (body: string, contentType: string): Record<string, string> => {
  const boundary = /boundary=(.+)$/.exec(contentType)?.[1];
  assertDocumented(boundary, "multipart/form-data");
  const fields: Record<string, string> = {};
  for (const part of body.split(`--${boundary}`)) {
    const match = /name="([^"]+)"[^\r]*\r\n(?:[^\r]+\r\n)*\r\n([\s\S]*)\r\n$/.exec(part);
    if (match) fields[match[1] ?? ""] = match[2] ?? "";
  }
  return fields;
};

export const startSoraApi = async () => {
  const jobs = new Jobs("video_");
  const fake = await serveFake(({ method, url, headers, body }, { request, response }) => {
    if (url.pathname === "/__jobs") return jobs.told(url.searchParams.get("prompt") ?? "");
    if (headers.authorization !== `Bearer ${KEY}`)
      return { status: 401, body: error("no such key", "invalid_api_key") };
    if (url.pathname === "/v1/models") return { body: { data: [{ id: "sora-2" }, { id: "sora-2-pro" }] } };
    if (method === "POST" && url.pathname === "/v1/videos") {
      const fields = fieldsOf(body, headers["content-type"] ?? "");
      const { prompt = "", model = "", seconds = "", size = "", input_reference: _, ...unknown } = fields;
      assertDocumented(Object.keys(unknown).length === 0, `fields ${Object.keys(unknown)}`);
      assertDocumented(["sora-2", "sora-2-pro"].includes(model), `model ${model}`);
      assertDocumented(["4", "8", "12"].includes(seconds), `seconds ${seconds}`);
      assertDocumented(["1280x720", "720x1280", "1792x1024", "1024x1792"].includes(size), `size ${size}`);
      assertDocumented(prompt !== "", "prompt");
      const trouble = failureOf(prompt);
      const moderation = {
        status: 400,
        body: error("blocked by our moderation system", "moderation_blocked"),
      };
      if (trouble)
        return failureAnswer(
          trouble,
          (message) => error(message),
          moderation,
          () => request.socket.destroy(),
        );
      const job = jobs.create(prompt, fields);
      return { body: { id: job.id, object: "video", status: "queued", progress: 0, model, seconds, size } };
    }
    const [, id = "", content] = /^\/v1\/videos\/([^/]+)(\/content)?$/.exec(url.pathname) ?? [];
    const job = jobs.all.get(id);
    if (!job) return { status: 404, body: error("no such video", "not_found") };
    if (content && url.searchParams.get("variant") === "thumbnail")
      return { headers: { "content-type": "image/webp" }, body: THUMBNAIL };
    if (content) return job.prompt.includes("truncated") ? sendTruncated(response) : mediaAnswer(job.prompt);
    if (method === "DELETE") {
      job.cancelled = true;
      return { body: { id, object: "video.deleted", deleted: true } };
    }
    assertDocumented(method === "GET", method);
    const phase = jobs.look(job);
    const failure =
      phase === "moderated"
        ? { code: "moderation_blocked", message: "unsafe" }
        : { code: "server_error", message: "it broke" };
    return {
      body: {
        id,
        object: "video",
        status: STATUS[phase],
        progress: phase === "running" ? 40 : phase === "done" ? 100 : 0,
        error: STATUS[phase] === "failed" ? failure : null,
      },
    };
  });
  return { ...fake, vars: { SORA_API_URL: fake.origin, SORA_API_KEY: KEY } };
};
