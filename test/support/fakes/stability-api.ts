/** A fake of Stability AI's `v2beta` API. Prompts use the words of `vendor.ts`, and `filtered`. */
import { serveFake } from "./http.ts";
import { formFields } from "./openai-api.ts";
import { pngBytes } from "./png.ts";
import { assertDocumented, failureAnswer, failureOf } from "./vendor.ts";

const KEY = "sk-stability-test";
const RATIOS = ["16:9", "1:1", "21:9", "2:3", "3:2", "4:5", "5:4", "9:16", "9:21"];

const failure = (name: string, message: string) => ({ id: "1", name, errors: [message] });

export const startStabilityApi = async () => {
  const images: { prompt: string; path: string; fields: Record<string, string> }[] = [];
  const fake = await serveFake(({ method, url, headers, body }, { request }) => {
    const { pathname } = url;
    if (pathname === "/__images") return { body: { images } };
    if (headers.authorization !== `Bearer ${KEY}`)
      return { status: 401, body: failure("unauthorized", "no key") };
    const [, path = ""] = /^\/v2beta\/stable-image\/generate\/(sd3|core|ultra)$/.exec(pathname) ?? [];
    assertDocumented(method === "POST" && path, `${method} ${pathname}`);
    assertDocumented(headers.accept === "application/json", "accept");
    const fields = formFields(body);
    const {
      prompt = "",
      output_format,
      negative_prompt: _,
      style_preset,
      seed,
      model,
      mode,
      strength,
      image,
      aspect_ratio,
      ...unknown
    } = fields;
    assertDocumented(Object.keys(unknown).length === 0, `fields ${Object.keys(unknown)}`);
    assertDocumented(
      prompt.length >= 1 && prompt.length <= 10_000 && output_format === "png",
      "prompt and format",
    );
    assertDocumented(seed === undefined || (Number(seed) >= 0 && Number(seed) <= 4_294_967_294), "seed");
    assertDocumented(style_preset === undefined || /^[a-z0-9-]+$/.test(style_preset), "style");
    assertDocumented((path === "sd3") === (model !== undefined), "model");
    if (mode === "image-to-image") {
      assertDocumented(path === "sd3" && image?.startsWith("image/"), "image");
      assertDocumented(Number(strength) >= 0 && Number(strength) <= 1, "strength");
      assertDocumented(aspect_ratio === undefined, "no ratio beside an image");
    } else assertDocumented(RATIOS.includes(aspect_ratio ?? ""), `ratio ${aspect_ratio}`);
    images.push({ prompt, path, fields });
    const trouble = failureOf(prompt.split("\n")[0] ?? "");
    const moderation = { status: 403, body: failure("content_moderation", "Your request was flagged") };
    if (trouble)
      return failureAnswer(
        trouble,
        (message) => failure(trouble, message),
        moderation,
        () => request.socket.destroy(),
      );
    if (prompt.includes("filtered"))
      return { body: { image: "AAAA", finish_reason: "CONTENT_FILTERED", seed: 1 } };
    if (prompt.includes("no-image"))
      return { body: { image: "aGVsbG8=", finish_reason: "SUCCESS", seed: 1 } };
    if (prompt.includes("second-fails") && images.filter((one) => one.prompt === prompt).length % 2 === 0)
      return { status: 500, body: failure("internal", "broken") };
    return { body: { image: pngBytes(64, 48).toString("base64"), finish_reason: "SUCCESS", seed: 1 } };
  });
  return { ...fake, vars: { STABILITY_API_URL: fake.origin, STABILITY_API_KEY: KEY } };
};
