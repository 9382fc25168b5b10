/** A fake of Runway's API. */
import { serveFake } from "./http.ts";
import {
  assertDocumented,
  failureAnswer,
  failureOf,
  Jobs,
  mediaAnswer,
  type Phase,
  sendTruncated,
} from "./vendor.ts";

const KEY = "key_runway_test";
const STATUS: Record<Phase, string> = {
  queued: "THROTTLED",
  running: "RUNNING",
  done: "SUCCEEDED",
  failed: "FAILED",
  moderated: "FAILED",
  cancelled: "CANCELLED",
};

export const startRunwayApi = async () => {
  const jobs = new Jobs("17f20503-6c24-4c16-946b-35dbbce2af2");
  const fake = await serveFake(({ method, url, headers, body }, { request, response }) => {
    const { pathname } = url;
    if (pathname === "/__jobs") return jobs.told(url.searchParams.get("prompt") ?? "");
    const [, file] = /^\/output\/(.+)\.mp4$/.exec(pathname) ?? [];
    if (file) {
      // Runway's file store: a request to it must not carry an API key.
      assertDocumented(headers.authorization === undefined, "a key at the store");
      const job = jobs.all.get(file);
      return job?.prompt.includes("truncated") ? sendTruncated(response) : mediaAnswer(job?.prompt ?? "gone");
    }
    if (headers.authorization !== `Bearer ${KEY}`) return { status: 401, body: { error: "no such key" } };
    assertDocumented(headers["x-runway-version"] === "2024-11-06", "version");
    if (method === "POST" && (pathname === "/v1/text_to_video" || pathname === "/v1/image_to_video")) {
      const { model, promptText, ratio, duration, seed: _, promptImage, ...unknown } = JSON.parse(body);
      assertDocumented(Object.keys(unknown).length === 0, `fields ${Object.keys(unknown)}`);
      assertDocumented(model === "gen4.5" && ["1280:720", "720:1280"].includes(ratio), "model and ratio");
      assertDocumented(Number.isInteger(duration) && duration >= 2 && duration <= 10, "duration");
      assertDocumented(promptText.length <= 1_000 && promptText.isWellFormed(), "promptText");
      assertDocumented((pathname === "/v1/image_to_video") === (promptImage !== undefined), "promptImage");
      const trouble = failureOf(promptText);
      const moderation = { status: 400, body: { error: "The prompt did not pass our content moderation." } };
      if (trouble)
        return failureAnswer(
          trouble,
          (error) => ({ error }),
          moderation,
          () => request.socket.destroy(),
        );
      return { body: { id: jobs.create(promptText, JSON.parse(body)).id } };
    }
    const job = jobs.all.get(pathname.replace("/v1/tasks/", ""));
    if (!job) return { status: 404, body: { error: "Task not found" } };
    if (method === "DELETE") {
      job.cancelled = true;
      return { status: 204 };
    }
    assertDocumented(method === "GET", method);
    const phase = jobs.look(job);
    return {
      body: {
        id: job.id,
        status: STATUS[phase],
        createdAt: "2026-11-21T10:00:00.000Z",
        ...(phase === "running" ? { progress: 0.4 } : {}),
        ...(phase === "done" ? { output: [`${fake.origin}/output/${job.id}.mp4?_jwt=x`] } : {}),
        ...(phase === "moderated" ? { failure: "unsafe", failureCode: "SAFETY.INPUT.TEXT" } : {}),
        ...(phase === "failed" ? { failure: "it broke", failureCode: "INTERNAL.BAD_OUTPUT.CODE01" } : {}),
      },
    };
  });
  return { ...fake, vars: { RUNWAY_API_URL: fake.origin, RUNWAY_API_KEY: KEY } };
};
