/** A fake of Google's Gemini API, limited to what Veo and Omni need. */
import { serveFake } from "./http.ts";
import {
  assertDocumented,
  failureAnswer,
  failureOf,
  type Job,
  Jobs,
  MEDIA,
  mediaAnswer,
  sendTruncated,
} from "./vendor.ts";

const KEY = "gemini-test-key";
const error = (message: string, code = 500, status = "INTERNAL") => ({ error: { code, message, status } });
const moderation = {
  status: 400,
  body: error("The prompt violates our safety policy.", 400, "INVALID_ARGUMENT"),
};

export const startGeminiApi = async () => {
  const jobs = new Jobs("op");
  /** The file requests with the key each one carried, so that tests can see where the key was sent. */
  const fileRequests: { readonly path: string; readonly key: string | undefined }[] = [];
  // Another origin, to which file requests are redirected.
  const store = await serveFake(({ url, headers }) => {
    fileRequests.push({ path: `store${url.pathname}`, key: headers["x-goog-api-key"] as string | undefined });
    return mediaAnswer("");
  });

  const fake = await serveFake(({ method, url, headers, body }, { request, response }) => {
    const { pathname } = url;
    if (pathname === "/__jobs") return jobs.told(url.searchParams.get("prompt") ?? "");
    if (pathname === "/__files") return { body: fileRequests };
    const key = headers["x-goog-api-key"] as string | undefined;
    if (key !== KEY) return { status: 403, body: error("API key not valid", 403, "PERMISSION_DENIED") };
    assertDocumented(!url.searchParams.has("key"), "the key in an address");
    if (pathname === "/v1beta/models")
      return {
        body: {
          models: [{ name: "models/veo-3.1-generate-preview" }, { name: "models/gemini-omni-1.1-flash" }],
        },
      };
    const reset = () => request.socket.destroy();
    const shape = (message: string) => error(message);

    const [, model] = /^\/v1beta\/models\/(veo-[\w.-]+):predictLongRunning$/.exec(pathname) ?? [];
    if (model && method === "POST") {
      const { instances, parameters, ...unknown } = JSON.parse(body);
      assertDocumented(Object.keys(unknown).length === 0 && instances.length === 1, "body");
      const {
        aspectRatio,
        resolution,
        durationSeconds,
        sampleCount,
        negativePrompt: _,
        seed: __,
        ...more
      } = parameters;
      assertDocumented(
        ["16:9", "9:16"].includes(aspectRatio) && ["720p", "1080p"].includes(resolution),
        "picture",
      );
      assertDocumented([4, 6, 8].includes(durationSeconds) && sampleCount === 1, "duration");
      assertDocumented(resolution === "720p" || durationSeconds === 8, "1080p takes eight seconds");
      assertDocumented(Object.keys(more).length === 0, `parameters ${Object.keys(more)}`);
      const { prompt } = instances[0];
      const trouble = failureOf(prompt);
      if (trouble) return failureAnswer(trouble, shape, moderation, reset);
      const job = jobs.create(prompt, JSON.parse(body));
      return { body: { name: `models/${model}/operations/${job.id}` } };
    }
    if (pathname === "/v1beta/interactions" && method === "POST") {
      const { model: omni, input, background, response_format: format, ...unknown } = JSON.parse(body);
      assertDocumented(
        omni.startsWith("gemini-omni") && background === true && Object.keys(unknown).length === 0,
        "body",
      );
      assertDocumented(format.type === "video" && ["16:9", "9:16"].includes(format.aspect_ratio), "format");
      assertDocumented(/^([3-9]|10)s$/.test(format.duration) && format.delivery === "uri", "duration");
      const prompt = typeof input === "string" ? input : input[0].text;
      const trouble = failureOf(prompt);
      if (trouble) return failureAnswer(trouble, shape, moderation, reset);
      const job = jobs.create(prompt, JSON.parse(body));
      return { body: { id: job.id, status: "queued" } };
    }
    if (pathname.startsWith("/v1beta/files/")) {
      fileRequests.push({ path: pathname, key });
      const job = jobs.all.get(pathname.slice("/v1beta/files/".length).replace(":download", ""));
      if (!job) return { status: 404 };
      if (job.prompt.includes("truncated")) return sendTruncated(response);
      if (job.prompt.includes("redirected"))
        return { status: 302, headers: { location: `${store.origin}/${job.id}` } };
      return mediaAnswer(job.prompt);
    }

    const [, operation] = /^\/v1beta\/models\/[\w.-]+\/operations\/(\w+)$/.exec(pathname) ?? [];
    const [, interaction, cancel] = /^\/v1beta\/interactions\/(\w+)(\/cancel)?$/.exec(pathname) ?? [];
    const job = jobs.all.get(operation ?? interaction ?? "");
    if (!job) return { status: 404, body: error("not found", 404, "NOT_FOUND") };
    if (cancel && method === "POST") {
      job.cancelled = true;
      return { body: { id: job.id, status: "cancelled" } };
    }
    assertDocumented(method === "GET", method);
    const uri = `${fake.origin}/v1beta/files/${job.id}:download`;
    return { body: operation ? operationOf(job, uri) : interactionOf(job, uri) };
  });

  const operationOf = (job: Job, uri: string): object => {
    const name = `models/veo/operations/${job.id}`;
    switch (jobs.look(job)) {
      case "queued":
      case "running":
        return { name };
      case "failed":
        return { name, done: true, error: { code: 13, message: "it broke", status: "INTERNAL" } };
      case "moderated":
        return {
          name,
          done: true,
          response: {
            generateVideoResponse: { raiMediaFilteredCount: 1, raiMediaFilteredReasons: ["58061214"] },
          },
        };
      default:
        return {
          name,
          done: true,
          response: { generateVideoResponse: { generatedSamples: [{ video: { uri } }] } },
        };
    }
  };

  const interactionOf = (job: Job, uri: string): object => {
    const { id } = job;
    switch (jobs.look(job)) {
      case "queued":
        return { id, status: "queued" };
      case "running":
        return { id, status: "in_progress" };
      case "cancelled":
        return { id, status: "cancelled" };
      case "failed":
        return { id, status: "failed", error: { code: 500, message: "it broke" } };
      case "moderated":
        return { id, status: "failed", error: { code: 400, message: "blocked by a safety policy" } };
      case "done": {
        const video = job.prompt.includes("inline")
          ? { type: "video", mime_type: "video/webm", data: MEDIA.toString("base64") }
          : { type: "video", mime_type: "video/webm", uri };
        return {
          id,
          status: "completed",
          steps: [{ type: "thought" }, { type: "model_output", content: [{ type: "text" }, video] }],
        };
      }
    }
  };
  return { ...fake, vars: { GEMINI_API_URL: fake.origin, GEMINI_API_KEY: KEY } };
};
