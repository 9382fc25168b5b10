import { createExecutionContext } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { createHmac } from "node:crypto";
import { describe, expect, it } from "vitest";
import { handle } from "../../src/app.ts";
import { jsonBody, request, requestJson } from "../support/http.ts";
import {
  as,
  call,
  enterRoom,
  join,
  type MeetingUser,
  type MeetingWire,
  newMeeting,
  newMeetingUser,
  PASSWORD,
  signInMeeting,
} from "../support/meeting.ts";
import { newIdentity } from "../support/sora.ts";

describe("an account", () => {
  it("is registered and signs in as documented", async () => {
    const identity = { ...newIdentity(), full_name: "测试用户" };
    const registered = await call("/auth/register", jsonBody(identity));
    expect(registered.body).toMatchObject({
      code: 201,
      message: "User registered successfully",
      data: {
        user_id: expect.any(Number),
        username: identity.username,
        email: identity.email,
        full_name: "测试用户",
        created_at: expect.stringMatching(/^\d{4}-.+Z$/),
      },
      timestamp: expect.stringMatching(/^\d{4}-.+Z$/),
    });
    const { body } = await signInMeeting(identity.username);
    expect(body).toMatchObject({
      code: 200,
      message: "Login successful",
      data: { token_type: "Bearer", expires_in: 86_400, user: { full_name: "测试用户" } },
    });
  });

  it("shares the two paths with Studio: the fields of the body select the product", async () => {
    const studio = await requestJson<{ timestamp: unknown }>(
      "/api/v1/auth/register",
      jsonBody(newIdentity()),
    );
    expect(typeof studio.body.timestamp).toBe("number");
    const wrong = await requestJson<{ timestamp: unknown }>(
      "/api/v1/auth/login",
      jsonBody({ email: "nobody@example.com", password: "x" }),
    );
    expect([wrong.status, typeof wrong.body.timestamp]).toEqual([401, "number"]);
    expect((await signInMeeting("nobody", "x")).body).toMatchObject({
      code: 1_004,
      timestamp: expect.any(String),
    });
    const asked = await request(
      "/api/v1/auth/login?from=app",
      jsonBody({ username: "nobody", password: "x" }),
    );
    expect([asked.status, ((await asked.json()) as { code: number }).code]).toEqual([401, 1_004]);
    // A body without the fields of either product gets Studio's validation error.
    expect((await request("/api/v1/auth/login", jsonBody({}))).status).toBe(400);
    const hosts = { ...env, PRODUCT_HOSTS: JSON.stringify({ "meet.example.com": "meeting" }) } as typeof env;
    const own = await handle(
      new Request("https://meet.example.com/api/v1/auth/register", jsonBody(newIdentity())),
      hosts,
      createExecutionContext(),
    );
    expect([own.status, ((await own.json()) as { message: string }).message]).toEqual([
      201,
      "User registered successfully",
    ]);
  });

  it("answers errors with the documented codes", async () => {
    const user = await newMeetingUser();
    const taken = { ...newIdentity(), full_name: "x" };
    expect((await call("/auth/register", jsonBody({ ...taken, username: user.username }))).body.code).toBe(
      1_001,
    );
    expect((await call("/auth/register", jsonBody({ ...taken, email: user.email }))).body).toMatchObject({
      code: 1_002,
      request_id: expect.stringMatching(/^req_/),
    });
    expect(await signInMeeting(user.username, "wrong password")).toMatchObject({
      status: 401,
      body: { code: 1_004 },
    });
    const change = { old_password: "wrong", new_password: `${PASSWORD}!` };
    expect((await call("/users/password", as(user, "PUT", change))).body.code).toBe(1_004);
    expect((await call("/users/profile")).body.code).toBe(401);
  });

  it("refreshes once with each token, and signs out", async () => {
    const user = await newMeetingUser();
    const refresh = (refresh_token: string) =>
      call<{ access_token: string; refresh_token: string }>("/auth/refresh", jsonBody({ refresh_token }));
    const first = await refresh(user.refreshToken);
    expect(first.status).toBe(200);
    expect((await call("/users/profile", as({ token: first.data.access_token }))).status).toBe(200);
    expect((await refresh(user.refreshToken)).status).toBe(401);
    // The first token was used twice, so the session ended for its successor too.
    expect((await refresh(first.data.refresh_token)).status).toBe(401);
    const other = await newMeetingUser();
    expect((await call("/auth/logout", as(other, "POST"))).status).toBe(200);
    expect((await call("/users/profile", as(other))).status).toBe(401);
  });

  it("can change its name, its picture and its password", async () => {
    const user = await newMeetingUser();
    const asked = { full_name: "新名字", avatar_url: "https://example.com/new-avatar.jpg" };
    expect((await call("/users/profile", as(user, "PUT", asked))).data).toMatchObject(asked);
    expect((await call("/users/profile", as(user))).data).toMatchObject(asked);
    for (const avatar_url of ["javascript:alert(1)", "http://example.com/a.jpg", "https://10.0.0.1/a.jpg"])
      expect((await call("/users/profile", as(user, "PUT", { avatar_url }))).status).toBe(400);
    expect((await call("/users/profile", as(user, "PUT", { avatar_url: "" }))).data).toMatchObject({
      full_name: "新名字",
      avatar_url: "",
    });
    const change = { old_password: PASSWORD, new_password: `${PASSWORD}!` };
    expect((await call("/users/password", as(user, "PUT", change))).status).toBe(200);
    expect((await call("/users/profile", as(user))).status).toBe(401);
  });
});

describe("a meeting", () => {
  it("is created as documented", async () => {
    const host = await newMeetingUser();
    const asked = {
      title: "团队周会",
      description: "讨论本周工作进展",
      start_time: "2035-10-03T10:00:00Z",
      end_time: "2035-10-03T11:00:00Z",
      max_participants: 10,
      meeting_type: "video",
      is_recording_enabled: true,
      password: "123456",
    };
    const { status, body } = await call<MeetingWire>("/meetings", as(host, "POST", asked));
    expect(status).toBe(201);
    const { password: _, ...rest } = asked;
    expect(body.data).toMatchObject({
      ...rest,
      start_time: "2035-10-03T10:00:00.000Z",
      end_time: "2035-10-03T11:00:00.000Z",
      meeting_id: expect.any(Number),
      meeting_code: expect.stringMatching(/^[A-Z]{3}-[A-Z]{3}-[A-Z]{3}$/),
      host_id: host.user_id,
      status: "scheduled",
      has_password: true,
      join_url: `http://localhost/meeting/${body.data.meeting_id}`,
    });
    const row = await env.DB.prepare("SELECT * FROM meetings WHERE id = ?")
      .bind(body.data.meeting_id)
      .first();
    expect(JSON.stringify(row)).not.toContain("123456");
    // The host may read the password to share it.
    const found = await call<MeetingWire>(`/meetings/${body.data.meeting_id}`, as(host));
    expect(found.data.password).toBe("123456");
  });

  it.each([
    ["2035-10-03T10:00:00", "2035-10-03T10:00:00.000Z"],
    ["2035-10-03T10:00:00+08:00", "2035-10-03T02:00:00.000Z"],
    ["2035-10-03", "2035-10-03T00:00:00.000Z"],
  ])("reads a time without a time zone as UTC (%s)", async (start_time, expected) => {
    expect(await newMeeting(await newMeetingUser(), { start_time })).toMatchObject({ start_time: expected });
  });

  it.each([
    { title: "" },
    { start_time: "tomorrow" },
    { start_time: "2035-01-02T00:00:00Z", end_time: "2035-01-01T00:00:00Z" },
    { max_participants: 1 },
    { max_participants: 501 },
    { meeting_type: "holo" },
    { password: "x".repeat(65) },
  ])("is refused with %j", async (change) => {
    const host = await newMeetingUser();
    const { status, body } = await call("/meetings", as(host, "POST", { title: "x", ...change }));
    expect([status, body.code]).toEqual([400, 400]);
  });

  it("is listed for its host and its participants, by status and page", async () => {
    const [host, guest, other] = [await newMeetingUser(), await newMeetingUser(), await newMeetingUser()];
    const first = await newMeeting(host, { start_time: "2035-01-01T00:00:00Z" });
    const second = await newMeeting(host, { start_time: "2036-01-01T00:00:00Z" });
    await join(guest, first.meeting_id);
    const list = async (user: MeetingUser, query = "") =>
      (
        await call<{ meetings: { meeting_id: number; participants_count: number }[]; total: number }>(
          `/meetings${query}`,
          as(user),
        )
      ).data;
    expect((await list(host)).meetings.map(({ meeting_id }) => meeting_id)).toEqual([
      second.meeting_id,
      first.meeting_id,
    ]);
    expect(await list(host, "?status=ongoing")).toMatchObject({ total: 1, page: 1, page_size: 10 });
    expect((await list(guest)).meetings).toMatchObject([
      { meeting_id: first.meeting_id, participants_count: 1 },
    ]);
    expect((await list(other)).total).toBe(0);
    expect((await list(host, "?page=2&page_size=1")).meetings).toMatchObject([
      { meeting_id: first.meeting_id },
    ]);
    expect((await call("/meetings?page_size=101", as(host))).status).toBe(400);
    expect((await call("/meetings?status=gone", as(host))).status).toBe(400);
  });

  it("is not found by other accounts", async () => {
    const [host, other] = [await newMeetingUser(), await newMeetingUser()];
    const { meeting_id } = await newMeeting(host);
    for (const [method, path, body] of [
      ["GET", "", undefined],
      ["PUT", "", { title: "mine" }],
      ["DELETE", "", undefined],
      ["POST", "/end", undefined],
      ["POST", "/leave", undefined],
      ["POST", "/kick", { user_id: host.user_id }],
      ["GET", "/participants", undefined],
    ] as const)
      expect(await call(`/meetings/${meeting_id}${path}`, as(other, method, body))).toMatchObject({
        status: 404,
        body: { code: 2_001 },
      });
    expect((await call("/meetings/999999999", as(host))).body.code).toBe(2_001);
    expect((await join(host, 999_999_999)).body.code).toBe(2_001);
    expect((await call("/meetings/abc", as(host))).status).toBe(400);
  });

  it("can be changed and cancelled only by its host", async () => {
    const [host, guest] = [await newMeetingUser(), await newMeetingUser()];
    const { meeting_id } = await newMeeting(host, { password: "old" });
    const path = `/meetings/${meeting_id}`;
    expect((await call(path, as(host, "PUT", { title: "新标题", password: "new" }))).data).toMatchObject({
      title: "新标题",
    });
    expect((await join(guest, meeting_id, { password: "old" })).body.code).toBe(2_004);
    await call(path, as(host, "PUT", { password: null }));
    expect((await join(guest, meeting_id)).status).toBe(200);
    expect((await call(path, as(host, "PUT", { end_time: "2020-01-01T00:00:00Z" }))).status).toBe(400);
    expect((await call(path, as(guest, "PUT", { title: "mine" }))).status).toBe(403);
    expect((await call(path, as(guest, "DELETE"))).status).toBe(403);
    expect((await call(path, as(host, "DELETE"))).status).toBe(409);
    const planned = await newMeeting(host);
    const cancelled = await call(`/meetings/${planned.meeting_id}`, as(host, "DELETE"));
    expect(cancelled.data).toMatchObject({ status: "cancelled" });
    expect((await join(host, planned.meeting_id)).body.code).toBe(2_002);
    expect((await call(`/meetings/${planned.meeting_id}`, as(host, "PUT", { title: "x" }))).body.code).toBe(
      2_002,
    );
  });
});

describe("joining", () => {
  it("returns the data for the room as documented", async () => {
    const [host, guest] = [await newMeetingUser(), await newMeetingUser()];
    const { meeting_id } = await newMeeting(host, { password: "123456" });
    expect((await join(guest, meeting_id)).body).toMatchObject({ code: 2_004 });
    expect((await join(guest, meeting_id, { password: "1234567" })).status).toBe(403);
    const { status, data } = await join(guest, meeting_id, { password: "123456" });
    expect(status).toBe(200);
    expect(data).toMatchObject({
      meeting_id,
      participant_id: expect.any(Number),
      user_id: guest.user_id,
      peer_id: expect.stringMatching(/^peer_.{40,}$/),
      signaling_url: `ws://localhost/ws/signaling?meeting_id=${meeting_id}&user_id=${guest.user_id}&peer_id=${data.peer_id}`,
      ice_servers: [{ urls: "stun:stun.l.google.com:19302" }],
    });
    // The host needs no password.
    expect((await join(host, meeting_id)).status).toBe(200);
    const again = await join(guest, meeting_id, { password: "123456" });
    expect(again.data.participant_id).toBe(data.participant_id);
    expect(again.data.peer_id).not.toBe(data.peer_id);
    expect((await call(`/meetings/${meeting_id}`, as(host))).data.status).toBe("ongoing");
  });

  it("also works with the meeting code, in any spelling", async () => {
    const [host, guest] = [await newMeetingUser(), await newMeetingUser()];
    const { meeting_id, meeting_code } = await newMeeting(host);
    const typed = ` ${meeting_code.toLowerCase().replaceAll("-", "")} `;
    expect((await call(`/meetings/code/${encodeURIComponent(typed)}`, as(guest))).data).toMatchObject({
      meeting_id,
      has_password: false,
    });
    expect((await call("/meetings/join", as(guest, "POST", { meeting_code: typed }))).data).toMatchObject({
      meeting_id,
    });
    expect((await call("/meetings/join", as(guest, "POST", { meeting_code: "AAA-AAA-AAA" }))).body.code).toBe(
      2_001,
    );
  });

  it("admits exactly as many participants as there are seats under concurrent joins", async () => {
    const host = await newMeetingUser();
    const { meeting_id } = await newMeeting(host, { max_participants: 10, allow_guests: true });
    // Most are guests, because creating fifty accounts would take longer than the joins. All need a seat.
    const people = await Promise.all(Array.from({ length: 6 }, newMeetingUser));
    const answers = await Promise.all([
      ...people.map((user) => join(user, meeting_id)),
      ...Array.from({ length: 44 }, (_, i) =>
        call(`/meetings/${meeting_id}/join`, jsonBody({ full_name: `Guest ${i}` })),
      ),
    ]);
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(10);
    for (const { status, body } of answers)
      if (status !== 200) expect([status, body.code]).toEqual([403, 2_003]);
    // A present participant may join again, and a vacated seat is free.
    const full = await newMeeting(host, { max_participants: 2 });
    const [inside, outside] = people;
    if (!inside || !outside) throw new Error("nobody");
    for (const user of [host, inside, inside]) expect((await join(user, full.meeting_id)).status).toBe(200);
    expect((await join(outside, full.meeting_id)).body.code).toBe(2_003);
    await call(`/meetings/${full.meeting_id}/leave`, as(inside, "POST"));
    expect((await join(outside, full.meeting_id)).status).toBe(200);
  });

  it("is allowed to guests with a name when the host permits guests", async () => {
    const host = await newMeetingUser();
    const open = await newMeeting(host, { allow_guests: true, password: "1" });
    const closed = await newMeeting(host);
    const visit = (id: number, body: object) => call(`/meetings/${id}/join`, jsonBody(body));
    expect((await visit(closed.meeting_id, { full_name: "路人" })).status).toBe(401);
    expect((await visit(open.meeting_id, { password: "1" })).status).toBe(401);
    expect((await visit(open.meeting_id, { full_name: "路人" })).body.code).toBe(2_004);
    const { data } = await visit(open.meeting_id, { full_name: "路人", password: "1" });
    expect(data).toMatchObject({ full_name: "路人", is_host: false });
    expect(Number(data.user_id)).toBeLessThan(0);
    const { data: there } = await call(`/meetings/${open.meeting_id}/participants`, as(host));
    expect(there.participants).toMatchObject([{ full_name: "路人", is_present: true }]);
  });

  it("is refused after the end of the meeting", async () => {
    const [host, guest] = [await newMeetingUser(), await newMeetingUser()];
    const { meeting_id } = await newMeeting(host);
    await join(guest, meeting_id);
    expect((await call(`/meetings/${meeting_id}/end`, as(guest, "POST"))).status).toBe(403);
    for (let i = 0; i < 2; i++)
      expect((await call(`/meetings/${meeting_id}/end`, as(host, "POST"))).data).toMatchObject({
        status: "ended",
      });
    expect((await join(guest, meeting_id)).body).toMatchObject({ code: 2_002 });
    const { data } = await call(`/meetings/${meeting_id}/participants`, as(guest));
    expect(data.participants).toMatchObject([{ user_id: guest.user_id, is_present: false }]);
  });

  it("is refused to a removed participant", async () => {
    const [host, guest] = [await newMeetingUser(), await newMeetingUser()];
    const { meeting_id } = await newMeeting(host);
    const there = await enterRoom(guest, meeting_id);
    const path = `/meetings/${meeting_id}/kick`;
    expect((await call(path, as(guest, "POST", { user_id: host.user_id }))).status).toBe(403);
    expect((await call(path, as(host, "POST", { user_id: 999_999_999 }))).body.code).toBe(1_003);
    expect((await call(path, as(host, "POST", { user_id: host.user_id }))).status).toBe(403);
    expect((await call(path, as(host, "POST", { user_id: guest.user_id }))).status).toBe(200);
    await there.heard("kicked");
    expect(await there.closed).toMatchObject({ code: 4_403 });
    expect((await join(guest, meeting_id)).status).toBe(403);
    expect((await call(`/meetings/${meeting_id}`, as(guest))).body.code).toBe(2_001);
    expect((await call<{ total: number }>("/meetings", as(guest))).data.total).toBe(0);
  });

  it("returns time-limited TURN credentials that coturn accepts", async () => {
    const host = await newMeetingUser();
    const { meeting_id } = await newMeeting(host);
    const settings = {
      ...env,
      TURN_URLS: "turn:turn.example.com:3478",
      TURN_SECRET: "s3cret",
      STUN_URLS: "",
    };
    const response = await handle(
      new Request(`http://localhost/api/v1/meetings/${meeting_id}/join`, as(host, "POST", {})),
      settings as typeof env,
      createExecutionContext(),
    );
    const { data } = (await response.json()) as { data: { ice_servers: Record<string, string>[] } };
    const [turn] = data.ice_servers;
    expect(turn?.urls).toBe("turn:turn.example.com:3478");
    const [expires, user] = (turn?.username ?? "").split(":");
    expect(user).toBe(String(host.user_id));
    expect(Number(expires) - Date.now() / 1_000).toBeGreaterThan(3_600);
    expect(turn?.credential).toBe(
      createHmac("sha1", "s3cret")
        .update(turn?.username ?? "")
        .digest("base64"),
    );
  });
});
