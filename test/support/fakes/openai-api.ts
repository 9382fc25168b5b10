/**
 * A fake of OpenAI's API: chat completions as a stream, images, and the list of models. Words in a chat message
 * select the behaviour: `slow`, `silent`, `midway` (an error in the stream), `cut`, `filtered`, `endless`, `broken`,
 * `unpaid`, `odd`; any other message gets an ordinary answer. Image prompts use the words of `vendor.ts`, and
 * `as-url` for URLs instead of base64.
 */

import { serveFake } from "./http.ts";
import { pngBytes } from "./png.ts";
import { assertDocumented, failureAnswer, failureOf } from "./vendor.ts";

const KEY = "sk-openai-test";

interface Chat {
  readonly id: number;
  readonly request: { messages: { role: string; content: string }[] } & Record<string, unknown>;
  sent: number;
  closed: boolean;
}

const error = (message: string, code: string | null = null) => ({
  error: { message, type: "invalid_request_error", param: null, code },
});

const chunk = (content: string | undefined, finish: string | null = null) =>
  `data: ${JSON.stringify({
    id: "chatcmpl-1",
    object: "chat.completion.chunk",
    created: 1,
    model: "gpt-5-mini",
    choices: [{ index: 0, delta: content === undefined ? {} : { content }, finish_reason: finish }],
  })}\n\n`;

const USAGE = `data: ${JSON.stringify({ choices: [], usage: { prompt_tokens: 1, completion_tokens: 2 } })}\n\n`;
const ANSWER = ["你", "好", "，", "画", "一只猫"];

const wait = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

export const startOpenAiApi = async () => {
  const chats: Chat[] = [];
  const images: { prompt: string; path: string; fields: Record<string, string> }[] = [];
  const fake = await serveFake(async ({ method, url, headers, body }, { request, response }) => {
    const { pathname } = url;
    if (pathname === "/__chats") return { body: { chats } };
    if (pathname === "/__images") return { body: { images } };
    if (pathname.startsWith("/files/"))
      return { headers: { "content-type": "image/png" }, body: pngBytes(48, 32) };
    if (headers.authorization !== `Bearer ${KEY}`) return { status: 401, body: error("Incorrect API key") };
    if (pathname === "/v1/models")
      return {
        body: { object: "list", data: [{ id: "gpt-5-mini", object: "model" }, { id: "gpt-image-2" }] },
      };
    if (pathname === "/v1/images/generations" || pathname === "/v1/images/edits") {
      assertDocumented(method === "POST", method);
      const isEdit = pathname.endsWith("edits");
      const fields = isEdit ? formFields(body) : (JSON.parse(body) as Record<string, string>);
      const { model, prompt = "", n, size = "", quality, image, ...unknown } = fields;
      assertDocumented(Object.keys(unknown).length === 0, `fields ${Object.keys(unknown)}`);
      assertDocumented(typeof model === "string" && Number(n) >= 1 && Number(n) <= 10, "model and n");
      assertDocumented(
        quality === undefined || ["low", "medium", "high", "auto"].includes(quality),
        "quality",
      );
      assertDocumented(isEdit === (image !== undefined), "image");
      const [width = 0, height = 0] = size.split("x").map(Number);
      assertDocumented(
        width % 16 === 0 && height % 16 === 0 && width <= 3 * height && height <= 3 * width,
        `size ${size}`,
      );
      images.push({ prompt, path: pathname, fields });
      const trouble = failureOf(prompt.split("\n")[0] ?? "");
      const moderation = { status: 400, body: error("Your request was rejected", "moderation_blocked") };
      if (trouble)
        return failureAnswer(
          trouble,
          (message) => error(message),
          moderation,
          () => request.socket.destroy(),
        );
      if (prompt.includes("no-image")) return { body: { data: [{ b64_json: "aGVsbG8=" }] } };
      const one = (i: number) =>
        prompt.includes("as-url")
          ? { url: `${fake.origin}/files/${i}.png` }
          : prompt.includes("from-inside")
            ? { url: "http://169.254.169.254/latest/meta-data" }
            : { b64_json: pngBytes(width, height).toString("base64") };
      return {
        body: {
          created: 1,
          data: Array.from({ length: prompt.includes("one-at-a-time") ? 1 : Number(n) }, (_, i) => one(i)),
        },
      };
    }
    if (pathname === "/moved/v1/chat/completions" || pathname === "/moved/v1/models")
      return { status: 307, headers: { location: "http://169.254.169.254/" } };
    if (pathname !== "/v1/chat/completions") return { status: 404, body: error("no such route") };
    const asked = JSON.parse(body) as Chat["request"];
    assertDocumented(asked.stream === true, "stream");
    assertDocumented(asked.messages[0]?.role === "system", "a system message first");
    assertDocumented(asked.messages.at(-1)?.role === "user", "a user's message last");
    const message = asked.messages.at(-1)?.content ?? "";
    const says = (word: string) => new RegExp(`\\b${word}\\b`).test(message);
    const chat: Chat = { id: chats.length, request: asked, sent: 0, closed: false };
    chats.push(chat);
    response.on("close", () => {
      chat.closed = true;
    });
    if (says("broken")) return { status: 500, body: error("internal") };
    if (says("unpaid"))
      return { status: 429, body: error("You exceeded your current quota", "insufficient_quota") };
    if (says("odd")) return { status: 400, body: error("odd", "content_policy_violation") };
    response.writeHead(200, { "content-type": "text/event-stream" });
    const write = (text: string): void => {
      chat.sent++;
      response.write(text);
    };
    if (says("silent")) return undefined;
    write(
      `data: ${JSON.stringify({ choices: [{ index: 0, delta: { role: "assistant", content: "" } }] })}\n\n`,
    );
    if (says("endless")) {
      while (!chat.closed) {
        write(chunk("a "));
        await wait(5);
      }
      return undefined;
    }
    for (const piece of ANSWER) {
      // The network may split the stream anywhere, also inside a UTF-8 character.
      const bytes = Buffer.from(chunk(piece));
      response.write(bytes.subarray(0, 95));
      if (says("slow")) await wait(40);
      response.write(bytes.subarray(95));
      chat.sent++;
      if (says("midway")) {
        write(`data: ${JSON.stringify(error("The server had an error", "server_error"))}\n\n`);
        response.end();
        return undefined;
      }
      if (says("cut")) {
        response.end();
        return undefined;
      }
    }
    write(chunk(undefined, says("filtered") ? "content_filter" : "stop"));
    write(USAGE);
    write("data: [DONE]\n\n");
    response.end();
    return undefined;
  });
  return { ...fake, vars: { OPENAI_API_URL: fake.origin, OPENAI_API_KEY: KEY } };
};

/** Returns the names and values of a multipart body; the value of a file is its type. */
export const formFields = (body: string): Record<string, string> => {
  const boundary = body.split("\r\n")[0] ?? "";
  const fields: Record<string, string> = {};
  for (const part of body.split(boundary)) {
    const [head = "", ...rest] = part.split("\r\n\r\n");
    const name = /name="([^"]+)"/.exec(head)?.[1];
    const type = /content-type: (\S+)/i.exec(head)?.[1];
    if (name)
      fields[name] = type && /filename=/.test(head) ? type : rest.join("\r\n\r\n").replace(/\r\n$/, "");
  }
  return fields;
};
