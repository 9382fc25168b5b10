import { createExecutionContext, waitOnExecutionContext } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, beforeAll, describe, expect, it } from "vitest";
import { handle } from "../../src/app.ts";
import { createServices } from "../../src/container.ts";
import { KeyVault } from "../../src/core/secrets/index.ts";
import { newMeter } from "../../src/platform/meter.ts";
import type { Fakes } from "../support/fakes/index.ts";
import { request } from "../support/http.ts";
import { as, call, newAdmin, newStudioUser, type StudioUser, settled } from "../support/studio.ts";

const fakes = JSON.parse(env.FAKES) as Fakes;
const KEY = fakes.openai.vars.OPENAI_API_KEY ?? "";

interface ProviderWire {
  readonly id: string;
  readonly enabled: boolean;
  readonly models: string[];
}
interface CustomWire {
  readonly id: string;
  readonly provider: string;
  readonly models: string[];
}

let admin: StudioUser;

beforeAll(async () => {
  admin = await newAdmin();
});

const added: string[] = [];
afterEach(async () => {
  for (const id of added.splice(0)) await call(`/config/providers/custom/${id}`, as(admin, "DELETE"));
  await env.DB.prepare("DELETE FROM provider_choices").run();
  // Lets the cached configuration of this isolate expire.
  await new Promise((resolve) => setTimeout(resolve, 10));
});

const add = async (change: Record<string, unknown> = {}) => {
  const asked = {
    type: "image",
    name: "Mine",
    apiUrl: `${fakes.openai.origin}/v1`,
    apiKey: KEY,
    config: { model: "flux-pro" },
    ...change,
  };
  const answer = await call<CustomWire>("/config/providers/custom", as(admin, "POST", asked));
  if (answer.status === 201) added.push(answer.data.id);
  return answer;
};

/** Sends one request to the Worker with other settings. */
const askWith = async (change: Record<string, string>, path: string, init: RequestInit) => {
  const ctx = createExecutionContext();
  const response = await handle(
    new Request(`http://localhost/api/v1${path}`, init),
    { ...env, ...change },
    ctx,
  );
  const body = (await response.json()) as { code: number; data: Record<string, unknown>; error?: string };
  await waitOnExecutionContext(ctx);
  return body;
};

describe("providers", () => {
  it("are listed with the documented names, and the sandbox replaces them in development", async () => {
    const user = await newStudioUser();
    const { data } = await call<Record<string, ProviderWire[]>>("/config/providers", as(user));
    const documented = {
      image: { stability: ["stable-diffusion-xl", "stable-diffusion-3"], dalle: ["dall-e-3"] },
      video: { sora: ["sora-1.0"], veo: ["veo-2"], runway: ["gen-4"] },
      assistant: { openai: ["gpt-4", "gpt-3.5-turbo"] },
    };
    for (const [kind, providers] of Object.entries(documented)) {
      for (const [id, models] of Object.entries(providers)) {
        const listed = data[kind]?.find((one) => one.id === id);
        expect(listed).toMatchObject({ enabled: true });
        expect(listed?.models).toEqual(expect.arrayContaining(models));
      }
    }
  });

  it("are disabled and refused without credentials and without the sandbox", async () => {
    const user = await newStudioUser();
    const without = { SANDBOX_PROVIDERS: "false" };
    const { data } = await askWith(without, "/config/providers", as(user));
    const all = Object.values(data as unknown as Record<string, ProviderWire[]>).flat();
    expect(all.every(({ enabled }) => !enabled)).toBe(true);
    const asked = as(user, "POST", { prompt: "x", width: 64, height: 64 });
    expect(await askWith(without, "/generate/text-to-image", asked)).toMatchObject({ code: 503 });
    expect(await askWith({ ...without, ...fakes.stability.vars }, "/config/current", as(user))).toMatchObject(
      {
        data: { servedBy: { image: "stable-image-core", video: "", assistant: "" } },
      },
    );
  });
});

describe("the configuration", () => {
  it("is the documented one until an administrator changes it", async () => {
    expect((await call("/config/current", as(await newStudioUser()))).data).toEqual({
      imageProvider: "stability",
      imageModel: "stable-diffusion-xl",
      videoProvider: "runway",
      videoModel: "gen-4",
      assistantProvider: "openai",
      assistantModel: "gpt-4",
      servedBy: { image: "sandbox", video: "sandbox", assistant: "sandbox" },
    });
  });

  it("can be changed only by administrators, as a whole or in part", async () => {
    const whole = {
      imageProvider: "dalle",
      imageModel: "dall-e-3",
      videoProvider: "sora",
      videoModel: "sora-1.0",
      assistantProvider: "openai",
      assistantModel: "gpt-3.5-turbo",
    };
    const user = await newStudioUser();
    expect((await call("/config/providers", as(user, "PUT", whole))).status).toBe(403);
    expect((await call("/config/providers", { method: "PUT" })).status).toBe(401);
    expect((await call("/config/providers", as(admin, "PUT", whole))).data).toMatchObject(whole);
    const part = await call("/config/providers", as(admin, "PUT", { imageProvider: "stability" }));
    expect(part.data).toMatchObject({
      ...whole,
      imageProvider: "stability",
      imageModel: "stable-image-core",
    });
    expect((await call("/config/current", as(user))).data).toMatchObject({ videoProvider: "sora" });
  });

  it.each([
    [{ imageProvider: "nobody" }],
    [{ imageProvider: "stability", imageModel: "dall-e-3" }],
    [{ imageModel: "sora-1.0" }],
    [{ videoProvider: "custom:00000000-0000-4000-8000-000000000000" }],
    [{ videoProvider: "sora", imageProvider: "nobody" }],
  ])("refuses %j and changes nothing", async (change) => {
    expect((await call("/config/providers", as(admin, "PUT", change))).status).toBe(400);
    expect((await call("/config/current", as(admin))).data).toMatchObject({
      imageProvider: "stability",
      videoProvider: "runway",
    });
  });
});

describe("a custom provider", () => {
  it("is added by administrators, and its key is never returned", async () => {
    const { status, data } = await add({ config: {} });
    expect(status).toBe(201);
    expect(data).toMatchObject({ type: "image", name: "Mine", provider: `custom:${data.id}`, models: [] });
    const list = await call("/config/providers/custom", as(admin));
    const seen = JSON.stringify([data, list.body, (await call("/config/providers", as(admin))).body]);
    expect(seen).not.toContain(KEY);
    const row = await env.DB.prepare("SELECT * FROM custom_providers WHERE id = ?").bind(data.id).first();
    expect(JSON.stringify(row)).not.toContain(KEY);
    const user = await newStudioUser();
    for (const [method, path, body] of [
      ["GET", "", undefined],
      ["POST", "", { type: "image", name: "x", apiUrl: "https://x.example.com", apiKey: "k" }],
      ["PUT", `/${data.id}`, { name: "x" }],
      ["DELETE", `/${data.id}`, undefined],
      ["POST", `/${data.id}/test`, undefined],
    ] as const)
      expect((await call(`/config/providers/custom${path}`, as(user, method, body))).status).toBe(403);
  });

  it.each([
    [{ apiUrl: "https://10.0.0.1" }],
    [{ apiUrl: "https://[::ffff:169.254.169.254]" }],
    [{ apiUrl: "http://api.example.com" }],
    [{ apiUrl: "https://api.example.com/?key=1" }],
    [{ apiUrl: "nowhere" }],
    [{ apiKey: "" }],
    [{ name: "" }],
    [{ type: "audio" }],
  ])("is refused with %j", async (change) => {
    expect((await add(change)).status).toBe(400);
  });

  it("may not be on this machine in production", async () => {
    const asked = { type: "image", name: "x", apiUrl: fakes.openai.origin, apiKey: "k" };
    const production = {
      ENVIRONMENT: "production",
      PAYMENTS_SANDBOX: "false",
      PUBLIC_ORIGIN: "https://ensemble.example",
      MAIL_FROM: "no-reply@ensemble.cn",
    };
    const answer = await askWith(production, "/config/providers/custom", as(admin, "POST", asked));
    expect(answer).toMatchObject({ code: 400, error: expect.stringContaining("apiUrl") });
  });

  it("generates images when it is selected", async () => {
    const { data } = await add();
    const chosen = await call(
      "/config/providers",
      as(admin, "PUT", { imageProvider: data.provider, imageModel: "flux-pro" }),
    );
    expect(chosen.data).toMatchObject({ imageProvider: data.provider, servedBy: { image: "Mine/flux-pro" } });
    const user = await newStudioUser();
    const prompt = `a cat ${crypto.randomUUID()}`;
    const submitted = await call<{ taskId: string }>(
      "/generate/text-to-image",
      as(user, "POST", { prompt, width: 64, height: 64 }),
    );
    const task = await settled(user, submitted.data.taskId);
    expect(task).toMatchObject({ status: "completed", model: "Mine/flux-pro" });
    expect(task.result?.images?.[0]).toMatchObject({ width: 64, height: 64 });
    const { images } = (await (await fetch(`${fakes.openai.origin}/__images`)).json()) as {
      images: { prompt: string; fields: Record<string, unknown> }[];
    };
    expect(images.find((one) => one.prompt === prompt)?.fields).toEqual({
      model: "flux-pro",
      prompt,
      size: "64x64",
      n: 1,
    });
  });

  it("answers chats when it is selected, and its redirects are not followed", async () => {
    const { data } = await add({ type: "assistant", name: "Talk", config: { models: ["small"] } });
    await call(
      "/config/providers",
      as(admin, "PUT", { assistantProvider: data.provider, assistantModel: "small" }),
    );
    const user = await newStudioUser();
    const say = async () =>
      (await request("/api/v1/assistant/chat", as(user, "POST", { message: "hello" }))).text();
    expect(await say()).toContain('"content":"一只猫"');
    await call(
      `/config/providers/custom/${data.id}`,
      as(admin, "PUT", { apiUrl: `${fakes.openai.origin}/moved` }),
    );
    expect(await say()).toContain('"type":"error"');
    const test = await call<{ ok: boolean }>(`/config/providers/custom/${data.id}/test`, as(admin, "POST"));
    expect(test.data.ok).toBe(false);
  });

  it("is tested with its stored key", async () => {
    const { data } = await add();
    const path = `/config/providers/custom/${data.id}`;
    const test = () => call<{ ok: boolean; models: string[] }>(`${path}/test`, as(admin, "POST"));
    expect((await test()).data).toMatchObject({ ok: true, models: ["gpt-5-mini", "gpt-image-2"] });
    await call(path, as(admin, "PUT", { apiKey: "sk-wrong" }));
    expect((await test()).data).toMatchObject({ ok: false, models: [] });
    expect(
      (await call(`/config/providers/custom/${crypto.randomUUID()}/test`, as(admin, "POST"))).status,
    ).toBe(404);
  });

  it("can move to another origin only together with its key", async () => {
    const { data } = await add();
    const path = `/config/providers/custom/${data.id}`;
    const moved = { apiUrl: "https://elsewhere.example.com/v1" };
    expect((await call(path, as(admin, "PUT", moved))).body.error).toContain("apiKey");
    expect((await call(path, as(admin, "PUT", { ...moved, apiKey: "k" }))).data).toMatchObject(moved);
  });

  it("is no longer used after its removal, and a request for it is not charged", async () => {
    const { data } = await add();
    await call(
      "/config/providers",
      as(admin, "PUT", { imageProvider: data.provider, imageModel: "flux-pro" }),
    );
    await call(`/config/providers/custom/${data.id}`, as(admin, "DELETE"));
    expect((await call("/config/current", as(admin))).data).toMatchObject({ imageProvider: "stability" });
    const user = await newStudioUser();
    const { status } = await call(
      "/generate/text-to-image",
      as(user, "POST", { prompt: "x", width: 64, height: 64, model: data.provider }),
    );
    expect(status).toBe(503);
    expect((await call("/user/profile", as(user))).data).toMatchObject({ computePower: 50 });
  });
});

describe("the key vault", () => {
  const [old, young] = ["o".repeat(40), "y".repeat(40)];

  it("decrypts what it encrypted, for the same owner only", async () => {
    const vault = new KeyVault(old, undefined);
    const sealed = await vault.encrypt("one", "sk-secret");
    expect(await vault.decrypt("one", sealed)).toBe("sk-secret");
    expect(await vault.decrypt("two", sealed)).toBeUndefined();
    expect(await new KeyVault(young, undefined).decrypt("one", sealed)).toBeUndefined();
    const bytes = Buffer.from(sealed.cipher, "base64url");
    bytes[20] = (bytes[20] ?? 0) ^ 1;
    expect(await vault.decrypt("one", { ...sealed, cipher: bytes.toString("base64url") })).toBeUndefined();
    expect((await vault.encrypt("one", "sk-secret")).cipher).not.toBe(sealed.cipher);
  });

  it("still decrypts after a rotation of the secret, and re-encrypts with the new one", async () => {
    const { data } = await add();
    const rotated = { ...env, CONFIG_KEY: young, CONFIG_KEY_PREVIOUS: env.CONFIG_KEY } as typeof env;
    const config = createServices(rotated, createExecutionContext(), newMeter()).providerConfig;
    expect(await config.keyOf(data.id)).toBe(KEY);
    await config.reencrypt();
    const after = { ...env, CONFIG_KEY: young } as typeof env;
    const alone = createServices(after, createExecutionContext(), newMeter()).providerConfig;
    expect(await alone.keyOf(data.id)).toBe(KEY);
  });
});
