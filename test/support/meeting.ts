import { exports } from "cloudflare:workers";
import { eventually, jsonBody, newAddress, requestJson } from "./http.ts";
import { newIdentity, PASSWORD } from "./sora.ts";

export { as, bearer, PASSWORD } from "./sora.ts";

export interface MeetingUser {
  readonly user_id: number;
  readonly username: string;
  readonly email: string;
  readonly full_name: string;
  readonly token: string;
  readonly refreshToken: string;
}

/** Calls the API and takes the envelope of the answer apart: its status, its data, and the rest. */
export const call = async <T = Record<string, unknown>>(path: string, init?: RequestInit) => {
  const { status, body, headers } = await requestJson<{
    code: number;
    message: string;
    data: T;
    error?: string;
    timestamp: string;
    request_id?: string;
  }>(`/api/v1${path}`, init);
  return { status, data: body.data, body, headers };
};

interface Grant {
  readonly access_token: string;
  readonly refresh_token: string;
  readonly user: Omit<MeetingUser, "token" | "refreshToken">;
}

export const signInMeeting = (username: string, password = PASSWORD) =>
  call<Grant>("/auth/login", jsonBody({ username, password }));

let people = 0;
export const newMeetingUser = async (): Promise<MeetingUser> => {
  const identity = { ...newIdentity(), full_name: `参会者${++people}` };
  const registered = await call("/auth/register", jsonBody(identity));
  if (registered.status !== 201) throw new Error(JSON.stringify(registered.body));
  const { data } = await signInMeeting(identity.username);
  return { ...data.user, token: data.access_token, refreshToken: data.refresh_token };
};

export interface MeetingWire {
  readonly meeting_id: number;
  readonly meeting_code: string;
  readonly status: string;
  readonly title: string;
  readonly host_id: number;
  readonly join_url: string;
  readonly password?: string;
}

export const newMeeting = async (
  host: Pick<MeetingUser, "token">,
  change: Record<string, unknown> = {},
): Promise<MeetingWire> => {
  const { status, data, body } = await call<MeetingWire>(
    "/meetings",
    jsonBody({ title: "团队周会", ...change }, { authorization: `Bearer ${host.token}` }),
  );
  if (status !== 201) throw new Error(JSON.stringify(body));
  return data;
};

export interface JoinedWire {
  readonly meeting_id: number;
  readonly participant_id: number;
  readonly user_id: number;
  /**
   * Authorizes the caller to open the socket. Other participants see the `publicId` that the room assigns on entry
   * instead.
   */
  readonly peer_id: string;
  readonly signaling_url: string;
  readonly ice_servers: { urls: string; username?: string; credential?: string }[];
}

export const join = (
  user: Pick<MeetingUser, "token">,
  meetingId: number,
  body: Record<string, unknown> = {},
) =>
  call<JoinedWire>(`/meetings/${meetingId}/join`, jsonBody(body, { authorization: `Bearer ${user.token}` }));

export type Signal = { readonly type: string } & Record<string, unknown>;

/** Opens a signaling socket of a room and collects the messages it receives. */
export const openSignaling = async (url: string) => {
  const { pathname, search } = new URL(url);
  const response = await exports.default.fetch(`http://localhost${pathname}${search}`, {
    headers: { upgrade: "websocket", "cf-connecting-ip": newAddress() },
  });
  const socket = response.webSocket;
  if (!socket) throw new Error(`no socket: ${response.status} ${await response.text()}`);
  const messages: Signal[] = [];
  const closed = new Promise<{ code: number; reason: string }>((resolve) => {
    socket.addEventListener("close", ({ code, reason }) => resolve({ code, reason }));
  });
  socket.addEventListener("message", ({ data }) => {
    if (String(data).startsWith("{")) messages.push(JSON.parse(String(data)));
  });
  socket.accept();
  const heard = (type: string, matches: (message: Signal) => boolean = () => true): Promise<Signal> =>
    eventually(async () => messages.find((message) => message.type === type && matches(message)));
  return {
    socket,
    messages,
    closed,
    heard,
    send: (message: object | string) =>
      socket.send(typeof message === "string" ? message : JSON.stringify(message)),
  };
};

export type Signaling = Awaited<ReturnType<typeof openSignaling>>;

/** Joins the meeting, opens the socket and enters the room. */
export const enterRoom = async (user: MeetingUser, meetingId: number, body: Record<string, unknown> = {}) => {
  const joined = await join(user, meetingId, body);
  if (joined.status !== 200) throw new Error(JSON.stringify(joined.body));
  const { peer_id, user_id, signaling_url } = joined.data;
  const signaling = await openSignaling(signaling_url);
  signaling.send({ type: "join", meeting_id: meetingId, user_id, peer_id });
  const welcome = await signaling.heard("joined");
  return { ...signaling, ...joined.data, publicId: String(welcome.peer_id), user, welcome };
};

export type Participant = Awaited<ReturnType<typeof enterRoom>>;
