import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { PasswordResets } from "../../src/core/identity/index.ts";
import { primary } from "../../src/platform/db/client.ts";
import { newMeter } from "../../src/platform/meter.ts";
import { jsonBody, request, requestJson } from "../support/http.ts";
import { as, bearer, newUser, PASSWORD, refresh, type SoraUser, signIn } from "../support/sora.ts";

const db = primary(env.DB, newMeter());
const NEW_PASSWORD = "another good password";

const profile = (user: SoraUser) => requestJson<Record<string, string>>("/api/users/profile", as(user));

describe("PUT /api/users/profile", () => {
  it("changes username and email address, and keeps omitted fields", async () => {
    const user = await newUser();
    const name = `new-${user.username}`;
    const { status, body } = await requestJson("/api/users/profile", as(user, "PUT", { username: name }));
    expect(status).toBe(200);
    expect(body).toMatchObject({ username: name, email: user.email });
    expect((await profile(user)).body).toMatchObject({ username: name, email: user.email });
    expect((await signIn(name, PASSWORD)).status).toBe(200);
  });

  it("refuses another account's username and email address, and the administrator's", async () => {
    const [user, other] = await Promise.all([newUser(), newUser()]);
    for (const change of [
      { username: other.username.toUpperCase() },
      { email: other.email, currentPassword: PASSWORD },
      { username: "ADMIN" },
    ])
      expect((await request("/api/users/profile", as(user, "PUT", change))).status).toBe(409);
  });

  it("cannot make an account an administrator", async () => {
    const user = await newUser();
    const { status } = await requestJson(
      "/api/users/profile",
      as(user, "PUT", { role: "ADMIN", plan: "pro" }),
    );
    expect(status).toBe(400);
    expect((await profile(user)).body.role).toBe("USER");
  });
});

describe("PUT /api/users/password", () => {
  it("requires the old password and ends every session", async () => {
    const user = await newUser();
    const other = await signIn(user.email, PASSWORD);
    const change = (currentPassword: string) =>
      request("/api/users/password", as(user, "PUT", { currentPassword, newPassword: NEW_PASSWORD }));
    expect((await change("not the password")).status).toBe(400);
    expect((await profile(user)).status).toBe(200);
    expect((await change(PASSWORD)).status).toBe(200);
    expect((await profile(user)).status).toBe(401);
    expect((await profile({ ...user, token: other.body.accessToken })).status).toBe(401);
    expect((await refresh(user.cookie)).status).toBe(401);
    expect((await signIn(user.email, PASSWORD)).status).toBe(401);
    expect((await signIn(user.email, NEW_PASSWORD)).status).toBe(200);
  });
});

describe("a password reset", () => {
  const linkFor = async (user: SoraUser, at = () => Date.now()): Promise<string> => {
    let token = "";
    await new PasswordResets(db, at, () => undefined).request(user.email.toUpperCase(), async (mail) => {
      expect(mail).toMatchObject({ email: user.email, username: user.username });
      token = mail.token;
    });
    return token;
  };
  const reset = (token: string, password = NEW_PASSWORD) =>
    request("/api/auth/reset-password", jsonBody({ token, password }));

  it("sets the password once and ends every session", async () => {
    const user = await newUser();
    const token = await linkFor(user);
    expect((await reset(token)).status).toBe(200);
    expect((await profile(user)).status).toBe(401);
    expect((await signIn(user.email, NEW_PASSWORD)).status).toBe(200);
    expect((await reset(token)).status).toBe(400);
  });

  it("lets one of five concurrent uses succeed", async () => {
    const token = await linkFor(await newUser());
    const answers = await Promise.all(Array.from({ length: 5 }, () => reset(token)));
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 400, 400, 400, 400]);
  });

  it("invalidates all other reset links of the account", async () => {
    const user = await newUser();
    const [first, second] = [await linkFor(user), await linkFor(user)];
    expect((await reset(second)).status).toBe(200);
    expect((await reset(first)).status).toBe(400);
  });

  it("expires after an hour", async () => {
    const token = await linkFor(await newUser(), () => Date.now() - 3_600_001);
    expect((await reset(token)).status).toBe(400);
  });

  it("refuses an unknown token, and keeps the token when the new password is too short", async () => {
    expect((await reset("made-up")).status).toBe(400);
    const token = await linkFor(await newUser());
    expect((await reset(token, "short")).status).toBe(400);
    expect((await reset(token)).status).toBe(200);
  });

  it("sends no mail to an address without an account", async () => {
    let mails = 0;
    await new PasswordResets(
      db,
      () => Date.now(),
      () => undefined,
    ).request("nobody@example.com", async () => void mails++);
    expect(mails).toBe(0);
  });

  it("answers the same for every email address", async () => {
    const user = await newUser();
    const asked = async (email: string) => {
      const answer = await request("/api/auth/forgot-password", jsonBody({ email }));
      return [
        answer.status,
        await answer.text(),
        answer.headers.get("server-timing")?.replace(/dur=\d+/, ""),
      ];
    };
    expect(await asked(user.email)).toEqual(await asked("nobody-at-all@example.com"));
  });
});

/** A minimal PNG of one pixel. */
const PNG = Uint8Array.from(
  atob("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="),
  (character) => character.charCodeAt(0),
);

const upload = (
  user: SoraUser,
  bytes: Uint8Array<ArrayBuffer>,
  name = "me.png",
  type = "image/png",
  field = "avatar",
) => {
  const form = new FormData();
  form.set(field, new File([bytes], name, { type }));
  return requestJson<{ avatarUrl: string }>("/api/users/avatar", {
    method: "POST",
    body: form,
    headers: bearer(user),
  });
};

describe("POST /api/users/avatar", () => {
  it("stores a square WebP at a public URL and deletes the previous avatar", async () => {
    const user = await newUser();
    const first = await upload(user, PNG);
    expect(first.status).toBe(200);
    const picture = await request(first.body.avatarUrl);
    expect(picture.headers.get("content-type")).toBe("image/webp");
    expect(picture.headers.get("cache-control")).toContain("immutable");
    expect((await profile(user)).body.avatarUrl).toBe(first.body.avatarUrl);
    const second = await upload(user, PNG);
    expect(second.body.avatarUrl).not.toBe(first.body.avatarUrl);
    expect((await request(first.body.avatarUrl)).status).toBe(404);
  });

  it.each([
    ["an HTML page with a picture's name", new TextEncoder().encode("<html><script>alert(1)</script>")],
    [
      "an SVG, which can contain scripts",
      new TextEncoder().encode('<svg xmlns="http://www.w3.org/2000/svg"/>'),
    ],
    ["a truncated picture", PNG.slice(0, 20)],
    ["nothing", new Uint8Array()],
  ])("refuses %s", async (_, bytes) => {
    const user = await newUser();
    expect((await upload(user, bytes as Uint8Array<ArrayBuffer>)).status).toBe(400);
    expect((await profile(user)).body.avatarUrl).toBeUndefined();
  });

  it("leaves one picture after five concurrent uploads", async () => {
    const user = await newUser();
    const answers = await Promise.all(Array.from({ length: 5 }, () => upload(user, PNG)));
    const left = await Promise.all(answers.map(async ({ body }) => (await request(body.avatarUrl)).status));
    expect(left.sort()).toEqual([200, 404, 404, 404, 404]);
  });

  it("refuses a file that is too large, and a form without the file", async () => {
    const user = await newUser();
    expect((await upload(user, new Uint8Array(6 * 1_024 * 1_024))).status).toBe(413);
    expect((await upload(user, PNG, "me.png", "image/png", "picture")).status).toBe(400);
  });
});

describe("rate limits", () => {
  it("are 100 calls per 15 minutes, with headers in every answer", async () => {
    const user = await newUser();
    const answers = await Promise.all(
      Array.from({ length: 105 }, () => request("/api/users/profile", as(user))),
    );
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(100);
    const refused = answers.filter(({ status }) => status === 429);
    expect(refused).toHaveLength(5);
    for (const answer of answers) {
      expect(answer.headers.get("x-ratelimit-limit")).toBe("100");
      expect(Number(answer.headers.get("x-ratelimit-reset"))).toBeGreaterThan(Date.now() / 1_000);
    }
    expect(Number(refused[0]?.headers.get("retry-after"))).toBeGreaterThan(0);
  });

  it("are also sent with a 404", async () => {
    const { status, body, headers } = await requestJson("/api/videos/a/b/c");
    expect(status).toBe(404);
    expect(body).toMatchObject({ error: "Not Found", statusCode: 404 });
    expect(headers.get("x-ratelimit-limit")).toBe("100");
  });

  it("are separate for each user", async () => {
    const [user, other] = await Promise.all([newUser(), newUser()]);
    await Promise.all(Array.from({ length: 100 }, () => request("/api/users/profile", as(user))));
    expect((await request("/api/users/profile", as(user))).status).toBe(429);
    expect((await request("/api/users/profile", as(other))).status).toBe(200);
  });
});
