import { requestJson } from "./http.ts";
import { as, newUser, type SoraUser } from "./sora.ts";

export { as, bearer, newIdentity, newUser, PASSWORD, type SoraUser } from "./sora.ts";

/** The body of an error answer of Loopspace. */
export interface Refusal {
  readonly error: { code: string; message: string; retryAfter?: number; requestId: string };
}

/** Returns the id that Loopspace's API shows for an account. */
export const loopspaceId = ({ id }: Pick<SoraUser, "id">): string => `user_${id.replaceAll("-", "")}`;

export interface IssuedKey {
  readonly id: string;
  readonly key: string;
  readonly prefix: string;
  readonly scopes: readonly string[];
  readonly expiresAt: string | null;
}

/** Creates an API key of the account. Without changes it is for the live environment and has every scope. */
export const newKey = async (
  user: Pick<SoraUser, "token">,
  change: Record<string, unknown> = {},
): Promise<IssuedKey> => {
  const wanted = { name: "a server", environment: "live", ...change };
  const { status, body } = await requestJson<IssuedKey>("/api/v1/developer/keys", as(user, "POST", wanted));
  if (status !== 201) throw new Error(`keys answered ${status}: ${JSON.stringify(body)}`);
  return body;
};

/**
 * Creates an account with 100 purchased credits beside the 50 that it was given. Given credits cannot pay for a
 * track.
 */
export const newBuyer = async (): Promise<SoraUser> => {
  const user = await newUser();
  const wanted = { credits: 100, paymentMethod: "ALIPAY" };
  const { status } = await requestJson("/api/credits/recharge", as(user, "POST", wanted));
  if (status !== 201 && status !== 200) throw new Error(`recharge answered ${status}`);
  return user;
};

/** Returns the options of a call with an API key or a token. */
export const withKey = (key: string, method = "GET", body?: unknown): RequestInit =>
  as({ token: key }, method, body);
