import { execFileSync } from "node:child_process";
import { createHmac } from "node:crypto";
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startOpenAiApi } from "../support/fakes/openai-api.ts";
import { pngBytes } from "../support/fakes/png.ts";
import { startSpeechApi } from "../support/fakes/speech-api.ts";
import {
  type Exchange,
  importDocument,
  installClients,
  nameOf,
  newCookieJar,
  type PostmanItem,
  requireClient,
  runRequests,
} from "../support/postman.ts";
import { startServer, type TestServer } from "../support/server.ts";
import { waveOf } from "../support/waves.ts";

/** The credentials in the documents' examples. */
const ADMINISTRATOR = { ADMIN_USERNAME: "admin", ADMIN_PASSWORD: "correct horse battery" };

/** The server for generic clients of OpenAPI documents. */
let server: TestServer;
let speech: Awaited<ReturnType<typeof startSpeechApi>>;
let openai: Awaited<ReturnType<typeof startOpenAiApi>>;
const folder = mkdtempSync(join(tmpdir(), "ensemble-clients-"));

beforeAll(async () => {
  installClients();
  writeFileSync(join(folder, "picture.png"), pngBytes(64, 64));
  const source = ["-f", "lavfi", "-i", "testsrc=duration=1:size=64x64:rate=10"];
  execFileSync("ffmpeg", ["-loglevel", "error", ...source, join(folder, "video.webm")]);
  writeFileSync(join(folder, "track.wav"), waveOf(new Uint8Array(16_000)));
  openai = await startOpenAiApi();
  speech = await startSpeechApi();
  server = await startServer({ vars: { ...openai.vars, ...speech.vars, ...ADMINISTRATOR } });
}, 300_000);

afterAll(async () => {
  rmSync(folder, { recursive: true, force: true });
  await server?.stop();
  openai?.stop();
  speech?.stop();
});

const documentOf = async (path: string): Promise<string> => (await fetch(server.origin + path)).text();

const NAMES = readdirSync(join(import.meta.dirname, "../../src/products"));

describe("spectral", () => {
  it.each(["/api-docs.json", ...NAMES.map((name) => `/api-docs/${name}.json`)])(
    "finds no errors by spectral:oas in %s",
    async (path) => {
      const { Spectral } = requireClient("@stoplight/spectral-core") as {
        Spectral: new () => {
          setRuleset(rules: object): void;
          run(
            text: string,
          ): Promise<{ code: string | number; severity: number; message: string; path: string[] }[]>;
        };
      };
      const { oas } = requireClient("@stoplight/spectral-rulesets") as { oas: object };
      const spectral = new Spectral();
      spectral.setRuleset({ extends: [[oas, "recommended"]] });
      const found = await spectral.run(await documentOf(path));
      const errors = found.filter(({ severity }) => severity === 0);
      expect(errors.map(({ code, message, path: at }) => `${code} ${at.join(".")}: ${message}`)).toEqual([]);
      // The linter also reports warnings for every document, which shows that it ran.
      expect(found.length).toBeGreaterThan(0);
    },
  );
});

/** Requests that cannot work with their example, and the value that is missing. */
const EXCEPTIONS: Readonly<Record<string, string>> = {
  "POST /api/auth/reset-password": "the secret of a mail",
  "POST /api/auth/confirm-email": "the secret of a mail",
  "POST /api/v1/auth/refresh": "a refresh token",
  "POST /api/v1/media/uploads": "the number of a meeting, in the metadata",
  "POST /api/v1/media/upload": "the number of a meeting",
  "GET /api/v1/media/files": "the number of a meeting",
  "POST /api/v1/meetings/join": "the code of a meeting",
  "GET /api/oauth/authorize": "the id of an application",
};

/** Operations for administrators only. */
const FOR_ADMINISTRATORS = [
  "GET /api/v1/square/reports",
  "PUT /api/v1/config/providers",
  "POST /api/v1/config/providers/custom",
  "GET /api/v1/config/providers/custom",
];

/** Operations of applications, which authenticate with HTTP Basic. */
const FOR_APPLICATIONS = ["POST /api/oauth/token", "POST /api/oauth/introspect", "POST /api/oauth/revoke"];

interface Case {
  readonly product: string;
  readonly signUp?: string;
  readonly signIn: string;
  readonly signOut: string;
  /** The request that ends every session of the account. */
  readonly changePassword?: string;
}

const CASES: readonly Case[] = [
  { product: "musicqr", signIn: "POST /admin/login", signOut: "POST /admin/logout" },
  {
    product: "sora",
    signUp: "POST /api/auth/register",
    signIn: "POST /api/auth/login",
    signOut: "POST /api/auth/logout",
    changePassword: "PUT /api/users/password",
  },
  {
    product: "studio",
    signUp: "POST /api/v1/auth/register",
    signIn: "POST /api/v1/auth/login",
    signOut: "POST /api/v1/user/logout",
    changePassword: "PUT /api/v1/user/password",
  },
  {
    product: "meeting",
    signUp: "POST /api/v1/auth/register",
    signIn: "POST /api/v1/auth/login",
    signOut: "POST /api/v1/auth/logout",
    changePassword: "PUT /api/v1/users/password",
  },
  {
    product: "loopspace",
    signUp: "POST /api/v1/developer/accounts",
    signIn: "POST /api/v1/developer/session",
    signOut: "DELETE /api/v1/developer/session",
  },
];

const tokenOf = ([answer]: readonly Exchange[]): string =>
  /"(?:accessToken|access_token|token)":"([^"]+)"/.exec(answer?.body ?? "")?.[1] ?? "";

/** The files for the requests that upload one, because a document cannot contain them. */
const FILES: Readonly<Record<string, string>> = {
  "POST /api/v1/upload/video": "video.webm",
  "POST /api/v1/audio/upload": "track.wav",
};

const chooseFiles = (item: PostmanItem): void => {
  const name = nameOf(item);
  const picture = join(folder, "picture.png");
  item.request.body?.formdata?.each((parameter) => {
    const isPicture = parameter.key === "thumbnail" || FILES[name] === undefined;
    if (parameter.type === "file") parameter.src = isPicture ? picture : join(folder, FILES[name] ?? "");
  });
  if (name === "PUT /api/v1/users/me/avatar")
    item.request.body?.update({ mode: "file", file: { src: picture } });
};

/** Derives the API key as MusicQR's document does. */
const apiKey = (secret: string): string =>
  createHmac("sha256", secret).update("musicqr_api_salt_2024").digest("hex");

const administratorToken = async (): Promise<string> => {
  const answer = await fetch(`${server.origin}/api/auth/login`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ email: ADMINISTRATOR.ADMIN_USERNAME, password: ADMINISTRATOR.ADMIN_PASSWORD }),
  });
  return ((await answer.json()) as { accessToken: string }).accessToken;
};

/** Returns Postman variables for the application that was just registered. */
const applicationVariables = (exchanges: readonly Exchange[]): Record<string, string> => {
  const made = exchanges.find(({ name }) => name === "POST /api/v1/developer/apps");
  if (!made) return {};
  const app = JSON.parse(made.body) as { clientId: string; clientSecret: string };
  return { basicAuthUsername: app.clientId, basicAuthPassword: app.clientSecret };
};

const runCase = async ({ product, signUp, signIn, signOut, changePassword }: Case): Promise<Exchange[]> => {
  const imported = await importDocument(await documentOf(`/api-docs/${product}.json`));
  const items = imported.filter(
    (item) => item.request.url.variables.count() === 0 && EXCEPTIONS[nameOf(item)] === undefined,
  );
  for (const item of items) chooseFiles(item);
  const jar = newCookieJar();
  const exchanges: Exchange[] = [];
  const send = async (names: readonly (string | undefined)[], more: Record<string, string> = {}) => {
    const chosen = items.filter((item) => names.includes(nameOf(item)));
    const key = apiKey(server.vars.MUSICQR_SECRET_KEY ?? "");
    const variables = { baseUrl: server.origin, apiKey: key, ...more };
    const answered = chosen.length === 0 ? [] : await runRequests(chosen, variables, jar);
    exchanges.push(...answered);
    return answered;
  };
  await send([signUp]);
  const bearerToken = tokenOf(await send([signIn]));
  const otherToken = tokenOf(await send([signIn]));
  const later = [signUp, signIn, signOut, changePassword, ...FOR_ADMINISTRATORS, ...FOR_APPLICATIONS];
  await send(
    items.map(nameOf).filter((name) => !later.includes(name)),
    { bearerToken },
  );
  await send(FOR_ADMINISTRATORS, { bearerToken: await administratorToken() });
  await send(FOR_APPLICATIONS, applicationVariables(exchanges));
  await send([signOut], { bearerToken: otherToken });
  await send([changePassword], { bearerToken });
  // Every request of the document was sent.
  expect(new Set(exchanges.map(({ name }) => name))).toEqual(new Set(items.map(nameOf)));
  return exchanges;
};

describe("postman", () => {
  it.each(CASES)(
    "gets 2xx for every request of $product that needs no id from elsewhere",
    { timeout: 240_000 },
    async (one) => {
      const exchanges = await runCase(one);
      const failed = exchanges.filter(({ status }) => status < 200 || status > 299);
      expect(failed.map(({ name, status, words }) => `${status} ${name} ${words}`)).toEqual([]);
    },
  );

  it("has no exception for an unknown request", async () => {
    const documents = await Promise.all(
      NAMES.map(
        async (name) =>
          JSON.parse(await documentOf(`/api-docs/${name}.json`)) as { paths: Record<string, object> },
      ),
    );
    const known = documents.flatMap(({ paths }) =>
      Object.entries(paths).flatMap(([path, item]) =>
        Object.keys(item).map((method) => `${method.toUpperCase()} ${path}`),
      ),
    );
    expect(known).toEqual(
      expect.arrayContaining([...Object.keys(EXCEPTIONS), ...FOR_ADMINISTRATORS, ...FOR_APPLICATIONS]),
    );
  });
});
