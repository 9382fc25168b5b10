import type { OAuthClient } from "../../core/oauth/index.ts";
import { consumeLimits } from "../../http/authentication.ts";
import { readFormFields } from "../../http/body.ts";
import { clientNetwork } from "../../http/client.ts";
import type { AppContext } from "../../http/context.ts";
import { retryAfterSeconds } from "../../http/limits.ts";
import { MINUTE_MS } from "../../lib/clock.ts";
import type { Failure } from "../../lib/domain-error.ts";
import { mediaTypeOf } from "../../lib/media-type.ts";
import { err, ok, type Result } from "../../lib/result.ts";

/** The parameters of a request, each at most once. A parameter without a value is treated as absent. */
export type RequestParameters = Readonly<Record<string, string | undefined>>;

/** `resource` is the only parameter that may be repeated (RFC 8707, 2). */
interface Body {
  readonly said: RequestParameters;
  readonly resources: readonly string[];
}

type Entries = readonly (readonly [string, unknown])[];

const isText = (entry: readonly [string, unknown]): entry is readonly [string, string] =>
  typeof entry[1] === "string";

const toBody = (entries: Entries): Result<Body, Failure<"oauth_refused">> => {
  const given = entries.filter(([, value]) => value !== null && value !== "");
  if (!given.every(isText)) return refuse("invalid_request", "every parameter must be text");
  const others = given.filter(([name]) => name !== "resource");
  if (new Set(others.map(([name]) => name)).size !== others.length)
    return refuse("invalid_request", "a parameter is repeated");
  const resources = given.flatMap(([name, value]) => (name === "resource" ? [value] : []));
  return ok({ said: Object.fromEntries(others), resources });
};

const refuse = (reason: "invalid_client" | "invalid_request", detail: string) =>
  err({ code: "oauth_refused", reason, detail });

const readJson = async (c: AppContext): Promise<Result<Body, Failure<"oauth_refused">>> => {
  const body: unknown = await c.req.json().catch(() => undefined);
  if (typeof body !== "object" || body === null || Array.isArray(body))
    return refuse("invalid_request", "the body must be a JSON object");
  return toBody(
    Object.entries(body).flatMap(
      ([name, value]): Entries =>
        name === "resource" && Array.isArray(value)
          ? value.map((one) => [name, one] as const)
          : [[name, value]],
    ),
  );
};

const readBody = async (c: AppContext): Promise<Result<Body, Failure<"oauth_refused">>> => {
  const type = mediaTypeOf(c.req.header("content-type"));
  if (type === "application/json") return readJson(c);
  if (type === "application/x-www-form-urlencoded") return toBody([...(await readFormFields(c))]);
  return refuse("invalid_request", "the body must be application/x-www-form-urlencoded or application/json");
};

/** Reads the client id and secret of `Authorization: Basic`, each form-encoded (RFC 6749, 2.3.1). */
const readBasic = (header: string): { id: string; secret: string } | undefined => {
  try {
    const [, encoded = ""] = /^Basic +(\S+)$/i.exec(header) ?? [];
    const [, id, secret] = /^([^:]*):(.*)$/s.exec(atob(encoded)) ?? [];
    const decode = (text: string) => decodeURIComponent(text.replaceAll("+", " "));
    return id === undefined || secret === undefined ? undefined : { id: decode(id), secret: decode(secret) };
  } catch {
    return undefined;
  }
};

/** Returns the client id and secret that a request gives, in the header or in the body. They are not verified yet. */
const credentialsOf = (
  c: AppContext,
  said: RequestParameters,
): Result<{ id: string; secret: string | undefined }, Failure<"oauth_refused">> => {
  const header = c.req.header("authorization");
  if (header === undefined)
    return said.client_id === undefined
      ? refuse("invalid_client", "client_id is missing")
      : ok({ id: said.client_id, secret: said.client_secret });
  const basic = readBasic(header);
  if (!basic) return refuse("invalid_client", "Authorization must be Basic with a client id and a secret");
  if (said.client_secret !== undefined || (said.client_id ?? basic.id) !== basic.id)
    return refuse(
      "invalid_request",
      "the client credentials must be in the header or in the body, not in both",
    );
  return ok({ id: basic.id, secret: basic.secret || undefined });
};

/**
 * Consumes one call from the limit of an authenticated application, or else of the caller's network address: anyone
 * can claim the client id of a public application.
 */
const takeCall = async (
  c: AppContext,
  client: OAuthClient | undefined,
): Promise<Result<void, Failure<"rate_limited">>> => {
  const { LOOPSPACE_PRO_LIMIT, LOOPSPACE_GUEST_LIMIT } = c.get("services").settings;
  const decision = await (client && !client.isPublic
    ? consumeLimits(c, `loopspace-oauth:${client.id}`, [
        { name: "application", limit: LOOPSPACE_PRO_LIMIT, windowMs: MINUTE_MS },
      ])
    : consumeLimits(c, `loopspace-oauth:address:${clientNetwork(c)}`, [
        { name: "guest", limit: LOOPSPACE_GUEST_LIMIT, windowMs: MINUTE_MS },
      ]));
  if (decision.allowed) return ok(undefined);
  return err({ code: "rate_limited", retryAfterSeconds: retryAfterSeconds(decision.resetAt, Date.now()) });
};

/** Reads the body, authenticates the application and consumes one call from its limit. */
export const readClientRequest = async (
  c: AppContext,
): Promise<Result<Body & { readonly client: OAuthClient }, Failure<"oauth_refused" | "rate_limited">>> => {
  c.header("Cache-Control", "no-store");
  const body = await readBody(c);
  if (!body.ok) return body;
  const credentials = credentialsOf(c, body.value.said);
  const client = credentials.ok
    ? await c.get("services").oauthClients.authenticate(credentials.value.id, credentials.value.secret)
    : credentials;
  const taken = await takeCall(c, client.ok ? client.value : undefined);
  if (!taken.ok) return taken;
  return client.ok ? ok({ client: client.value, ...body.value }) : client;
};
