import { describe, expect, it } from "vitest";
import { readPicture } from "../../src/core/media/index.ts";
import { readPng } from "../../src/core/providers/sandbox/read-png.ts";
import { request } from "../support/http.ts";
import { makePng } from "../support/pictures.ts";
import {
  as,
  bearer,
  bytesAt,
  call,
  formOf,
  makeImages,
  newStudioUser,
  type StudioUser,
  settled,
} from "../support/studio.ts";

const balanceOf = async (user: StudioUser): Promise<number> =>
  (await call<{ computePower: number }>("/user/profile", as(user))).data.computePower;

const imageToImage = async (user: StudioUser, fields: Record<string, string | Blob>, headers = {}) => {
  const image = new Blob([makePng(64, 64, [255, 0, 0])], { type: "text/plain" });
  return call<{ taskId: string; status: string; estimatedTime: number }>("/generate/image-to-image", {
    method: "POST",
    headers: { ...bearer(user), ...headers },
    body: formOf({ prompt: "大海", image, ...fields }),
  });
};

describe("text to image", () => {
  it("answers as documented and makes PNG images of exactly the requested size", async () => {
    const user = await newStudioUser();
    const { status, data, body } = await call(
      "/generate/text-to-image",
      as(user, "POST", { prompt: "森林里的小屋", width: 200, height: 120, numImages: 2 }),
    );
    expect(status).toBe(200);
    expect(body).toMatchObject({ code: 200, message: "success", timestamp: expect.any(Number) });
    expect(data).toMatchObject({ taskId: expect.any(String), status: "processing", estimatedTime: 30 });
    const task = await settled(user, String(data.taskId));
    expect(task).toMatchObject({ status: "completed", progress: 100, type: "image", model: "sandbox" });
    expect(task.result?.images).toHaveLength(2);
    for (const { url, thumbnail, width, height, fileSize } of task.result?.images ?? []) {
      expect([width, height]).toEqual([200, 120]);
      const bytes = await bytesAt(url);
      expect(readPicture(bytes)).toMatchObject({ mimeType: "image/png", width: 200, height: 120 });
      expect(bytes.length).toBe(fileSize);
      expect(readPicture(await bytesAt(thumbnail))).toMatchObject({ mimeType: "image/webp" });
    }
    const [first, second] = await Promise.all((task.result?.images ?? []).map(({ url }) => bytesAt(url)));
    expect(first).not.toEqual(second);
    expect(await balanceOf(user)).toBe(48);
  });

  it("makes the same image for the same prompt, style and seed, and another one otherwise", async () => {
    const user = await newStudioUser();
    const draw = async (change: Record<string, unknown>) => {
      const { result } = await makeImages(user, { prompt: "a lake", style: "ink", seed: 7, ...change });
      return bytesAt(result?.images?.[0]?.url ?? "");
    };
    const once = await draw({});
    expect(await draw({})).toEqual(once);
    for (const change of [{ seed: 8 }, { style: "oil" }, { negativePrompt: "boats" }, { prompt: "a fire" }])
      expect(await draw(change)).not.toEqual(once);
  });

  it.each([[64, 64], [2_048, 64], [64, 2_048], [1, 1].map((side) => side * 2_048) as [number, number]])(
    "supports the smallest and the largest size (%i × %i)",
    async (width, height) => {
      const user = await newStudioUser();
      const { result } = await makeImages(user, { width, height });
      expect(result?.images?.[0]).toMatchObject({ width, height });
      // An image above 1024 × 1024 is HD and costs double.
      expect(await balanceOf(user)).toBe(width * height > 1_024 * 1_024 ? 48 : 49);
    },
  );

  it.each([
    [{ prompt: "" }, "prompt"],
    [{ width: 63 }, "width"],
    [{ height: 2_049 }, "height"],
    [{ width: 100.5 }, "width"],
    [{ numImages: 0 }, "numImages"],
    [{ numImages: 5 }, "numImages"],
    [{ seed: -1 }, "seed"],
    [{ prompt: 5 }, "prompt"],
    [{ model: "dall-e-9" }, "dall-e-9"],
  ])("refuses %j without a charge and without counting it for the day", async (change, word) => {
    const user = await newStudioUser();
    const asked = { prompt: "a cat", width: 64, height: 64, ...change };
    for (let i = 0; i < 11; i++) {
      const { status, body } = await call("/generate/text-to-image", as(user, "POST", asked));
      expect(status).toBe(400);
      expect(body).toMatchObject({ code: 400, message: expect.any(String), timestamp: expect.any(Number) });
      expect(body.error).toContain(word);
    }
    expect(await balanceOf(user)).toBe(50);
    expect((await makeImages(user)).status).toBe("completed");
  });

  it("is refused when the balance is too low, and stores nothing", async () => {
    const user = await newStudioUser();
    const hd = { prompt: "a cat", width: 2_048, height: 1_024, numImages: 4 };
    const answers = await Promise.all(
      Array.from({ length: 9 }, () => call("/generate/text-to-image", as(user, "POST", hd))),
    );
    expect(answers.map(({ status }) => status).toSorted()).toEqual([
      ...Array(6).fill(200),
      ...Array(3).fill(402),
    ]);
    expect(await balanceOf(user)).toBe(2);
    for (const { data, status } of answers)
      if (status === 200) await call(`/generate/task/${data.taskId}/cancel`, as(user, "POST"));
  });

  it("is done once per Idempotency-Key", async () => {
    const user = await newStudioUser();
    const asked = as(user, "POST", { prompt: "a cat", width: 64, height: 64 }, { "idempotency-key": "one" });
    const answers = [];
    for (let i = 0; i < 12; i++) answers.push(await call("/generate/text-to-image", asked));
    expect(new Set(answers.map(({ data }) => data.taskId)).size).toBe(1);
    // Repeated requests do not count for the day either.
    expect(answers.every(({ status }) => status === 200)).toBe(true);
    expect(await balanceOf(user)).toBe(49);
  });
});

describe("image to image", () => {
  it("keeps less of the source picture the higher the strength is", async () => {
    const user = await newStudioUser();
    const redAt = async (strength: string) => {
      const { status, data } = await imageToImage(user, { strength, seed: "1", width: "64", height: "64" });
      expect(status).toBe(200);
      const { result } = await settled(user, data.taskId);
      const { rgb } = readPng(await bytesAt(result?.images?.[0]?.url ?? ""));
      // The source picture is red; the generated scene of the sea is hardly red.
      let red = 0;
      for (let i = 0; i < rgb.length; i += 3) red += (rgb[i] ?? 0) - (rgb[i + 2] ?? 0);
      return red / (rgb.length / 3);
    };
    const [kept, half, gone] = [await redAt("0"), await redAt("0.5"), await redAt("1")];
    expect(kept).toBeGreaterThan(half + 30);
    expect(half).toBeGreaterThan(gone + 30);
  });

  it("takes the size of the source picture when none is given", async () => {
    const user = await newStudioUser();
    const image = new Blob([makePng(120, 80, [0, 99, 0])]);
    const { data } = await imageToImage(user, { image });
    expect((await settled(user, data.taskId)).result?.images?.[0]).toMatchObject({ width: 120, height: 80 });
    const wide = await imageToImage(user, { image, width: "90" });
    expect((await settled(user, wide.data.taskId)).result?.images?.[0]).toMatchObject({
      width: 90,
      height: 64,
    });
  });

  it("checks the bytes and not the file name", async () => {
    const user = await newStudioUser();
    const svg = new File(["<svg xmlns='http://www.w3.org/2000/svg'/>"], "a.png", { type: "image/png" });
    const cut = makePng(64, 64, [0, 0, 0]).slice(0, 60);
    for (const image of [svg, new File([cut], "a.png", { type: "image/png" }), new File([], "a.png")]) {
      const { status, body } = await imageToImage(user, { image });
      expect(status).toBe(400);
      expect(body.message).toContain("格式");
    }
    expect((await imageToImage(user, { image: "text" })).body.error).toContain("image");
    expect(await balanceOf(user)).toBe(50);
  });

  it("refuses files and pictures that are too large, and invalid numbers", async () => {
    const user = await newStudioUser();
    const heavy = new Blob([new Uint8Array(10 * 1_024 * 1_024 + 1)]);
    expect((await imageToImage(user, { image: heavy })).status).toBe(413);
    // A PNG header that declares 64 megapixels.
    const huge = makePng(64, 64, [0, 0, 0]);
    new DataView(huge.buffer).setUint32(16, 8_000);
    new DataView(huge.buffer).setUint32(20, 8_000);
    expect((await imageToImage(user, { image: new Blob([huge]) })).body.error).toContain("megapixels");
    for (const bad of [{ strength: "2" }, { strength: "x" }, { width: "32" }, { numImages: "9" }])
      expect((await imageToImage(user, bad)).status).toBe(400);
    expect(await balanceOf(user)).toBe(50);
  });

  it("recognises the same form by its Idempotency-Key with any multipart boundary, and refuses another form", async () => {
    const user = await newStudioUser();
    const headers = { "idempotency-key": "form" };
    const first = await imageToImage(user, { width: "64" }, headers);
    const again = await imageToImage(user, { width: "64" }, headers);
    expect(again.data.taskId).toBe(first.data.taskId);
    expect((await imageToImage(user, { width: "65" }, headers)).status).toBe(422);
    expect(await balanceOf(user)).toBe(49);
  });
});

describe("a task", () => {
  it("is visible only to its owner, and its files need a valid signed URL", async () => {
    const [user, other] = [await newStudioUser(), await newStudioUser()];
    const { taskId, result } = await makeImages(user);
    expect((await call(`/generate/task/${taskId}`, as(other))).status).toBe(404);
    expect((await call(`/generate/task/${taskId}/cancel`, as(other, "POST"))).status).toBe(404);
    expect((await call(`/generate/video-task/${taskId}`, as(user))).status).toBe(404);
    expect((await call("/generate/task/none", as(user))).status).toBe(400);
    const url = new URL(result?.images?.[0]?.url ?? "");
    expect((await request(url.href)).status).toBe(200);
    // The signature covers only this file of the task.
    expect((await request(url.href.replace("/image?", "/thumbnail?"))).status).toBe(404);
    url.searchParams.set("expires", String(Date.now() + 9e9));
    expect((await request(url.href)).status).toBe(404);
  });

  it("is cancelled once and refunded", async () => {
    const user = await newStudioUser();
    const asked = { prompt: "a cat", width: 2_048, height: 2_048, numImages: 4 };
    const { data } = await call<{ taskId: string }>("/generate/text-to-image", as(user, "POST", asked));
    const path = `/generate/task/${data.taskId}/cancel`;
    const [first, second] = [await call(path, as(user, "POST")), await call(path, as(user, "POST"))];
    expect(first).toMatchObject({ status: 200, data: { status: "cancelled" } });
    expect(second).toMatchObject({ status: 200, data: { status: "cancelled" } });
    expect(await balanceOf(user)).toBe(50);
    const done = await makeImages(user);
    expect((await call(`/generate/task/${done.taskId}/cancel`, as(user, "POST"))).status).toBe(409);
  });
});
