import { describe, expect, it } from "vitest";
import { makePng } from "../support/pictures.ts";
import { as, bearer, bytesAt, call, formOf, newStudioUser, settled } from "../support/studio.ts";

describe("text to video", () => {
  it("makes a video and describes it", async () => {
    const user = await newStudioUser();
    const asked = {
      prompt: "海边的日落",
      model: "sora",
      duration: 1,
      resolution: "720p",
      fps: 24,
      style: "水彩",
    };
    const { status, data } = await call<{ taskId: string }>(
      "/generate/text-to-video",
      as(user, "POST", asked),
    );
    expect(status).toBe(200);
    expect(data).toMatchObject({ status: "processing", estimatedTime: 120 });
    const task = await settled(user, data.taskId);
    expect(task).toMatchObject({
      status: "completed",
      progress: 100,
      result: { video: { duration: 1, resolution: "720p", fileSize: expect.any(Number) } },
    });
    const same = await call(`/generate/video-task/${data.taskId}`, as(user));
    expect(same.data).toMatchObject({ taskId: data.taskId, status: "completed" });
    const bytes = await bytesAt(task.result?.video?.url ?? "");
    expect(bytes.length).toBe(task.result?.video?.fileSize);
    expect([...bytes.slice(0, 4)]).toEqual([0x1a, 0x45, 0xdf, 0xa3]);
    expect((await bytesAt(task.result?.video?.thumbnail ?? "")).length).toBeGreaterThan(100);
    const { data: power } = await call("/user/compute-power", as(user));
    expect(power).toMatchObject({ used: 1 });
  });

  it.each([
    [{ model: "sora" }, 200],
    [{ model: "veo" }, 200],
    [{ model: "runway" }, 200],
    [{}, 200],
    [{ model: "nobody" }, 400],
    [{ duration: 0 }, 400],
    [{ duration: 11 }, 400],
    [{ resolution: "8k" }, 400],
    [{ fps: 5 }, 400],
    [{ prompt: " " }, 400],
  ])("answers %j with %i", async (change, expected) => {
    const user = await newStudioUser();
    const asked = { prompt: "a cat", duration: 2, ...change };
    const { status, data } = await call<{ taskId: string }>(
      "/generate/text-to-video",
      as(user, "POST", asked),
    );
    expect(status).toBe(expected);
    if (status === 200) await call(`/generate/task/${data.taskId}/cancel`, as(user, "POST"));
    expect((await call("/user/profile", as(user))).data).toMatchObject({ computePower: 50 });
  });

  it("costs double in 1080p", async () => {
    const user = await newStudioUser();
    const asked = { prompt: "a cat", duration: 5, resolution: "1080p" };
    const { data } = await call<{ taskId: string }>("/generate/text-to-video", as(user, "POST", asked));
    const { data: profile } = await call("/user/profile", as(user));
    expect(profile).toMatchObject({ computePower: 40 });
    await call(`/generate/task/${data.taskId}/cancel`, as(user, "POST"));
  });
});

describe("image to video", () => {
  it("starts with the picture and has its aspect ratio", async () => {
    const user = await newStudioUser();
    const image = new Blob([makePng(90, 160, [250, 0, 0])]);
    const { status, data } = await call<{ taskId: string }>("/generate/image-to-video", {
      method: "POST",
      headers: bearer(user),
      body: formOf({ prompt: "大海", image, duration: "1", model: "runway", fps: "24" }),
    });
    expect(status).toBe(200);
    const task = await settled(user, data.taskId);
    expect(task).toMatchObject({ status: "completed", result: { video: { duration: 1 } } });
    const { data: work } = await call<{ thumbnail: string }>(`/works/${data.taskId}`, as(user));
    expect(work).toMatchObject({ type: "video", status: "completed" });
    expect((await bytesAt(work.thumbnail)).length).toBeGreaterThan(100);
  });

  it("refuses a file that is not a picture", async () => {
    const user = await newStudioUser();
    const { status } = await call("/generate/image-to-video", {
      method: "POST",
      headers: bearer(user),
      body: formOf({ prompt: "sea", image: new Blob(["hello"]) }),
    });
    expect(status).toBe(400);
  });
});
