/** A client of Meeting in Node, which knows only the address of a started server. */
export interface MeetingClient {
  readonly token: string;
  readonly post: <T = Record<string, unknown>>(
    path: string,
    body?: object,
  ) => Promise<{ status: number; code: number; data: T }>;
}

let people = 0;

/** Registers an account and signs in. */
export const newMeetingClient = async (origin: string): Promise<MeetingClient> => {
  let token = "";
  const post: MeetingClient["post"] = async (path, body = {}) => {
    const response = await fetch(`${origin}/api/v1${path}`, {
      method: "POST",
      headers: {
        "content-type": "application/json",
        ...(token && { authorization: `Bearer ${token}` }),
      },
      body: JSON.stringify(body),
    });
    return { status: response.status, ...((await response.json()) as { code: number; data: never }) };
  };
  const username = `client${++people}`;
  const password = "a good password";
  const identity = { username, password, email: `${username}@example.com`, full_name: `Client ${people}` };
  const registered = await post("/auth/register", identity);
  if (registered.status !== 201) throw new Error(JSON.stringify(registered));
  const { data } = await post<{ access_token: string }>("/auth/login", { username, password });
  token = data.access_token;
  return { token, post };
};
