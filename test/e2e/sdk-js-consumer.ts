import { execFile } from "node:child_process";
import { createHmac } from "node:crypto";
import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { writeWav } from "../../src/products/meeting/domain/speech/audio.ts";
import type { TestServer } from "../support/server.ts";

const run = promisify(execFile);
const ROOT = resolve(import.meta.dirname, "../..");
export const SDK = join(ROOT, "sdk/loopspace-js");

type Sdk = typeof import("../../sdk/loopspace-js/src/index.ts");

/** A project that has installed the package. */
export interface Consumer {
  readonly folder: string;
  /** The files of the package. */
  readonly files: readonly string[];
  /** The package as this process imports it. */
  readonly sdk: Sdk;
  /** Writes a file of the project. */
  readonly write: (name: string, source: string) => string;
  /** Returns TypeScript's errors for a file of the project, checked with the strictest options. */
  readonly typeCheck: (name: string, source: string, options: object) => Promise<string>;
  /** Runs a program of the project with a Node of this machine, and returns the JSON that it prints last. */
  readonly run: (
    name: string,
    source: string,
    env?: Record<string, string>,
    node?: string,
  ) => Promise<unknown>;
  readonly remove: () => void;
}

/** Packs the SDK as `npm publish` does, and installs it in a project of its own. */
export const newConsumer = async (): Promise<Consumer> => {
  const folder = mkdtempSync(join(tmpdir(), "ensemble-sdk-"));
  // Packing rebuilds `dist`, so each file of tests packs a copy: another file may be packing at the same time.
  const copy = join(folder, "sdk");
  cpSync(SDK, copy, { recursive: true, filter: (path) => path !== join(SDK, "dist") });
  symlinkSync(join(ROOT, "node_modules"), join(copy, "node_modules"));
  await run("npm", ["pack", "--pack-destination", folder], { cwd: copy });
  const tarball = readdirSync(folder).find((name) => name.endsWith(".tgz")) ?? "";
  const installed = join(folder, "node_modules/@loopspace/sdk");
  mkdirSync(installed, { recursive: true });
  await run("tar", ["xzf", join(folder, tarball), "-C", installed, "--strip-components=1"]);
  const { stdout } = await run("tar", ["tzf", join(folder, tarball)]);
  const write = (name: string, source: string): string => {
    const file = join(folder, name);
    mkdirSync(resolve(file, ".."), { recursive: true });
    writeFileSync(file, source);
    return file;
  };
  return {
    folder,
    files: stdout
      .trim()
      .split("\n")
      .map((name) => name.replace("package/", "")),
    sdk: (await import(pathToFileURL(join(installed, "dist/esm/index.js")).href)) as Sdk,
    write,
    typeCheck: async (name, source, options) => {
      write(name, source);
      const compilerOptions = {
        target: "ES2022",
        strict: true,
        exactOptionalPropertyTypes: true,
        noEmit: true,
        skipLibCheck: false,
        typeRoots: [join(ROOT, "node_modules"), join(ROOT, "node_modules/@types")],
        ...options,
      };
      write("tsconfig.json", JSON.stringify({ compilerOptions, files: [name] }));
      const tsc = join(ROOT, "node_modules/typescript/bin/tsc");
      return run(process.execPath, [tsc, "-p", folder]).then(
        () => "",
        ({ stdout: found }: { stdout: string }) => found,
      );
    },
    run: async (name, source, env = {}, node = process.execPath) => {
      const { stdout: printed } = await run(node, [write(name, source)], {
        cwd: folder,
        env: { ...process.env, ...env },
      });
      return JSON.parse(printed.trim().split("\n").at(-1) ?? "");
    },
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
};

export interface Account {
  /** `user_…` */
  readonly id: string;
  readonly username: string;
  /** From the sign-in. */
  readonly token: string;
  /** `lsk_live_…`, with every scope. */
  readonly key: string;
}

/** The variables of the test server. The limits are high because all accounts share one IP address. */
export const VARS = {
  SORA_REGISTER_LIMIT: "1000",
  REGISTER_NETWORK_LIMIT: "1000",
  SORA_GENERAL_LIMIT: "10000",
};

let accounts = 0;

/** Creates an account with an API key. Each account has its own limit per minute. */
export const newAccount = async (
  { origin }: TestServer,
  environment: "live" | "sandbox" = "live",
): Promise<Account> => {
  const post = async <T>(path: string, body: object, token?: string): Promise<T> => {
    const answer = await fetch(origin + path, {
      method: "POST",
      headers: { "content-type": "application/json", ...(token && { authorization: `Bearer ${token}` }) },
      body: JSON.stringify(body),
    });
    if (!answer.ok) throw new Error(`${path} answered ${answer.status}: ${await answer.text()}`);
    return (await answer.json()) as T;
  };
  const username = `sdk${process.pid}x${accounts++}`;
  const { user, accessToken } = await post<{ user: { id: string }; accessToken: string }>(
    "/api/auth/register",
    {
      username,
      email: `${username}@example.com`,
      password: "a good password",
    },
  );
  const wanted = { name: "the SDK", environment };
  const { key } = await post<{ key: string }>("/api/v1/developer/keys", wanted, accessToken);
  return { id: `user_${user.id.replaceAll("-", "")}`, username, token: accessToken, key };
};

/** Buys 100 credits for an account, because the given credits of the registration cannot pay for a track. */
export const recharge = async ({ origin }: TestServer, { token }: Pick<Account, "token">): Promise<void> => {
  const answer = await fetch(`${origin}/api/credits/recharge`, {
    method: "POST",
    headers: { "content-type": "application/json", authorization: `Bearer ${token}` },
    body: JSON.stringify({ credits: 100, paymentMethod: "ALIPAY" }),
  });
  if (!answer.ok) throw new Error(`recharge answered ${answer.status}: ${await answer.text()}`);
};

/** Returns noise of about this many bytes, with no two equal parts. */
export const noiseWav = (bytes: number): Uint8Array<ArrayBuffer> => {
  let state = bytes;
  const samples = Float32Array.from({ length: bytes >> 1 }, () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32 - 0.5;
  });
  return writeWav({ sampleRate: 44_100, channels: [samples] });
};

/** Returns the body of a webhook delivery, by default with the present time. */
export const eventBody = (id: string, at = Date.now()): string =>
  JSON.stringify({
    id,
    type: "user.followed",
    createdAt: new Date(at).toISOString(),
    data: {
      follower: { id: "user_1", username: "listener", name: "听众" },
      followee: { id: "user_2" },
    },
  });

const hmac = (key: string | Buffer, text: string) => createHmac("sha256", key).update(text);

/** Returns the headers of Standard Webhooks, with a signature for each secret. */
export const standardHeaders = (id: string, body: string, secrets: readonly string[], at = Date.now()) => {
  const timestamp = String(Math.floor(at / 1_000));
  const signatures = secrets.map((secret) => {
    const key = secret.startsWith("whsec_") ? Buffer.from(secret.slice(6), "base64") : secret;
    return `v1,${hmac(key, `${id}.${timestamp}.${body}`).digest("base64")}`;
  });
  return { "webhook-id": id, "webhook-timestamp": timestamp, "webhook-signature": signatures.join(" ") };
};

/** Returns the header that the guide's receiver checks. */
export const guideHeaders = (body: string, secret: string) => ({
  "x-loopspace-signature": hmac(secret, body).digest("hex"),
});

/** Returns frames of silence, 26 ms each: MPEG-1 Layer III, 128 kbit/s, 44.1 kHz. */
export const silentMp3 = (frames: number): Uint8Array<ArrayBuffer> => {
  const frame = new Uint8Array(417);
  frame.set([0xff, 0xfb, 0x90, 0x00]);
  return Uint8Array.from({ length: frames * frame.length }, (_, i) => frame[i % frame.length] ?? 0);
};
