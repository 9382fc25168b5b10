import { env, exports } from "cloudflare:workers";
import { eventually, jsonBody, newAddress, request, requestJson } from "./http.ts";
import { as, newIdentity, PASSWORD } from "./sora.ts";

export { as, bearer, PASSWORD } from "./sora.ts";

export interface StudioUser {
  readonly id: string;
  readonly username: string;
  readonly email: string;
  readonly token: string;
}

export interface Envelope<T> {
  readonly code: number;
  readonly message: string;
  readonly data: T;
  readonly timestamp: number;
  readonly error?: string;
}

/** Calls the API and takes the envelope of the answer apart: its status, its data, and the rest. */
export const call = async <T = Record<string, unknown>>(path: string, init?: RequestInit) => {
  const { status, body, headers } = await requestJson<Envelope<T>>(`/api/v1${path}`, init);
  return { status, data: body.data, body, headers };
};

interface Grant {
  readonly user: { id: string; username: string; email: string };
  readonly token: string;
}

export const newStudioUser = async (): Promise<StudioUser> => {
  const { status, data, body } = await call<Grant>("/auth/register", jsonBody(newIdentity()));
  if (status !== 201) throw new Error(JSON.stringify(body));
  return { ...data.user, token: data.token };
};

export const newAdmin = async (): Promise<StudioUser> => {
  const { data } = await call<Grant>(
    "/auth/login",
    jsonBody({ email: "admin", password: env.ADMIN_PASSWORD }),
  );
  return { ...data.user, token: data.token };
};

export const signInStudio = (email: string, password = PASSWORD) =>
  call<Grant>("/auth/login", jsonBody({ email, password }));

/** Makes a user VIP, as a paid order does. */
export const makeVip = (user: StudioUser, until = Date.now() + 86_400_000) =>
  env.DB.prepare("UPDATE users SET plan = 'pro', plan_until = ?2 WHERE uuid = ?1").bind(user.id, until).run();

/** Adds credits to a wallet, as a recharge does. */
export const giveCredits = async (user: StudioUser, amount: number): Promise<void> => {
  await call("/user/recharge", as(user, "POST", { credits: amount, paymentMethod: "ALIPAY" }));
};

export interface TaskWire {
  readonly taskId: string;
  readonly type: "image" | "video";
  readonly status: string;
  readonly progress: number;
  readonly model?: string;
  readonly error?: string;
  readonly result?: {
    readonly images?: { url: string; thumbnail: string; width: number; height: number; fileSize: number }[];
    readonly video?: {
      url: string;
      thumbnail: string;
      duration: number;
      resolution: string;
      fileSize: number;
    };
  };
}

export const settled = (user: StudioUser, taskId: string, withinMs = 50_000): Promise<TaskWire> =>
  eventually(async () => {
    const { data } = await call<TaskWire>(`/generate/task/${taskId}`, as(user));
    return data.status === "processing" ? undefined : data;
  }, withinMs);

/** Generates images. They are small to keep the tests fast. */
export const makeImages = async (
  user: StudioUser,
  change: Record<string, unknown> = {},
): Promise<TaskWire> => {
  const asked = { prompt: "雨夜街头的橘猫", width: 96, height: 64, ...change };
  const { status, data, body } = await call<{ taskId: string }>(
    "/generate/text-to-image",
    as(user, "POST", asked),
  );
  if (status !== 200) throw new Error(JSON.stringify(body));
  return settled(user, data.taskId);
};

/** Generates a work and publishes it to the square. */
export const publishWork = async (
  user: StudioUser,
  change: Record<string, unknown> = {},
): Promise<string> => {
  const { taskId } = await makeImages(user, change);
  const { status, body } = await call(`/works/${taskId}/publish`, as(user, "POST"));
  if (status !== 200) throw new Error(JSON.stringify(body));
  return taskId;
};

export const formOf = (fields: Record<string, string | Blob>): FormData => {
  const form = new FormData();
  for (const [name, value] of Object.entries(fields)) form.set(name, value);
  return form;
};

/** Fetches the bytes of a URL of ours. */
export const bytesAt = async (url: string): Promise<Uint8Array> => {
  const response = await request(url);
  if (response.status !== 200) throw new Error(`${response.status} at ${url}`);
  return new Uint8Array(await response.arrayBuffer());
};

/** Opens a socket and collects the messages it receives. */
export const openProgressSocket = async (path: string, headers: Record<string, string> = {}) => {
  const response = await exports.default.fetch(`http://localhost${path}`, {
    headers: { upgrade: "websocket", "cf-connecting-ip": newAddress(), ...headers },
  });
  const socket = response.webSocket;
  if (!socket) throw new Error(`no socket: ${response.status} ${await response.text()}`);
  const messages: Record<string, unknown>[] = [];
  const texts: string[] = [];
  const closed = new Promise<{ code: number; reason: string }>((resolve) => {
    socket.addEventListener("close", ({ code, reason }) => resolve({ code, reason }));
  });
  socket.addEventListener("message", ({ data }) => {
    texts.push(String(data));
    if (String(data).startsWith("{")) messages.push(JSON.parse(String(data)));
  });
  socket.accept();
  return { socket, messages, texts, closed, protocol: response.headers.get("sec-websocket-protocol") };
};
