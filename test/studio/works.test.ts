import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { request } from "../support/http.ts";
import { as, bearer, call, makeImages, newStudioUser, type StudioUser } from "../support/studio.ts";

interface WorkWire {
  readonly id: string;
  readonly type: string;
  readonly title: string;
  readonly status: string;
  readonly thumbnail: string;
  readonly fileUrl: string;
}

const list = async (user: StudioUser, query = "") =>
  (
    await call<{ list: WorkWire[]; total: number; page: number; pageSize: number }>(
      `/works${query}`,
      as(user),
    )
  ).data;

const objectsOf = async (id: string) =>
  (await env.MEDIA.list({ prefix: `generation/${id}/` })).objects.length;

describe("works", () => {
  it("are listed from the request on, newest first", async () => {
    const user = await newStudioUser();
    const { taskId } = await makeImages(user, { prompt: "first" });
    const video = await call<{ taskId: string }>(
      "/generate/text-to-video",
      as(user, "POST", { prompt: "second", duration: 8 }),
    );
    const works = await list(user);
    expect(works).toMatchObject({ total: 2, page: 1, pageSize: 20 });
    expect(works.list).toMatchObject([
      {
        id: video.data.taskId,
        type: "video",
        title: "second",
        status: "processing",
        fileUrl: "",
        thumbnail: "",
      },
      {
        id: taskId,
        type: "image",
        title: "first",
        status: "completed",
        fileUrl: expect.stringMatching(/^http/),
      },
    ]);
    expect((await list(user, "?type=image")).list.map(({ title }) => title)).toEqual(["first"]);
    expect((await list(user, "?type=video&status=processing")).total).toBe(1);
    expect((await list(user, "?status=completed&pageSize=1")).list).toHaveLength(1);
    expect((await list(user, "?status=failed")).total).toBe(0);
    await call(`/generate/task/${video.data.taskId}/cancel`, as(user, "POST"));
    expect((await list(user, "?status=cancelled")).total).toBe(1);
  });

  it.each(["?page=0", "?pageSize=101", "?type=audio", "?status=done"])("refuses %s", async (query) => {
    const user = await newStudioUser();
    expect((await call(`/works${query}`, as(user))).status).toBe(400);
  });

  it("are visible only to their owner", async () => {
    const [user, other] = [await newStudioUser(), await newStudioUser()];
    const { taskId } = await makeImages(user);
    const path = `/works/${taskId}`;
    expect((await list(other)).total).toBe(0);
    for (const [method, part, body] of [
      ["GET", ""],
      ["GET", "/download"],
      ["PUT", "", { title: "mine" }],
      ["POST", "/publish"],
      ["DELETE", "/publish"],
      ["DELETE", ""],
    ] as const)
      expect((await call(path + part, as(other, method, body))).status).toBe(404);
    expect((await call(path, as(user))).status).toBe(200);
  });

  it("contain all parameters of the request", async () => {
    const user = await newStudioUser();
    const { taskId } = await makeImages(user, { prompt: "a lake", negativePrompt: "boats", style: "ink" });
    expect((await call(`/works/${taskId}`, as(user))).data).toMatchObject({
      prompt: "a lake",
      negativePrompt: "boats",
      style: "ink",
      model: "sandbox",
      cost: 1,
      published: false,
      result: { images: [{ width: 96, height: 64 }] },
    });
  });

  it("are renamed and downloaded under the new name, whole or in part", async () => {
    const user = await newStudioUser();
    const { taskId, result } = await makeImages(user, { numImages: 2 });
    const renamed = await call(`/works/${taskId}`, as(user, "PUT", { title: "雨夜/猫" }));
    expect(renamed).toMatchObject({ status: 200, data: { title: "雨夜/猫" } });
    expect((await call(`/works/${taskId}`, as(user, "PUT", { title: " " }))).status).toBe(400);
    const headers = bearer(user);
    const whole = await request(`/api/v1/works/${taskId}/download`, { headers });
    expect(whole.headers.get("content-disposition")).toContain(
      `filename*=UTF-8''${encodeURIComponent("雨夜 猫.png")}`,
    );
    expect(whole.headers.get("content-type")).toBe("image/png");
    expect((await whole.arrayBuffer()).byteLength).toBe(result?.images?.[0]?.fileSize);
    const second = await request(`/api/v1/works/${taskId}/download?index=1`, {
      headers: { ...headers, range: "bytes=0-7" },
    });
    expect(second.status).toBe(206);
    expect([...new Uint8Array(await second.arrayBuffer())].slice(1, 4)).toEqual([0x50, 0x4e, 0x47]);
    expect((await request(`/api/v1/works/${taskId}/download?index=3`, { headers })).status).toBe(404);
  });

  it("are deleted together with their files", async () => {
    const user = await newStudioUser();
    const { taskId } = await makeImages(user, { numImages: 3 });
    expect(await objectsOf(taskId)).toBe(6);
    expect((await call(`/works/${taskId}`, as(user, "DELETE"))).status).toBe(200);
    expect(await objectsOf(taskId)).toBe(0);
    expect((await call(`/works/${taskId}`, as(user))).status).toBe(404);
    expect((await call(`/works/${taskId}`, as(user, "DELETE"))).status).toBe(404);
  });

  it("in progress are refunded when they are deleted, and cannot be downloaded", async () => {
    const user = await newStudioUser();
    const { data } = await call<{ taskId: string }>(
      "/generate/text-to-video",
      as(user, "POST", { prompt: "long", duration: 10, resolution: "1080p" }),
    );
    const early = await request(`/api/v1/works/${data.taskId}/download`, { headers: bearer(user) });
    expect(early.status).toBe(409);
    expect((await call(`/works/${data.taskId}/publish`, as(user, "POST"))).status).toBe(409);
    expect((await call(`/works/${data.taskId}`, as(user, "DELETE"))).status).toBe(200);
    expect((await call("/user/profile", as(user))).data).toMatchObject({ computePower: 50 });
  });
});
