import { invalidArgument, LoopspaceError } from "./errors.js";

/** Keys of `production` begin with `lsk_live_`, those of `sandbox` with `lsk_test_` and see sandbox data only. */
export type Environment = "production" | "sandbox";

export interface LoopspaceClientOptions {
  /** Default: the environment variable `LOOPSPACE_API_KEY`. `null` is a guest, who may read what is public. */
  readonly apiKey?: string | null | undefined;
  /** Instead of a key: the access token of an application, or what gives the present one before each attempt. */
  readonly accessToken?: string | (() => string | Promise<string>) | undefined;
  /** Default: what the key is for, else `production`. */
  readonly environment?: Environment | undefined;
  /** Default: the environment variable `LOOPSPACE_BASE_URL`, else the environment's own. */
  readonly baseUrl?: string | undefined;
  /** Milliseconds for an attempt of a call (default 60,000). Uploads get more, by their size. */
  readonly timeout?: number | undefined;
  /** How often a call is tried again (default 4); 0 is never. */
  readonly maxRetries?: number | undefined;
  /** The longest wait before another try, in milliseconds (default 60,000). Where the platform asks for more, the error is thrown. */
  readonly maxRetryWait?: number | undefined;
  /** Default: that of the runtime. */
  readonly fetch?: typeof globalThis.fetch | undefined;
}

/** What any call takes beside its own. */
export interface RequestOptions {
  /** Ends the call, and its waiting between tries: it throws the signal's reason. */
  readonly signal?: AbortSignal | undefined;
  /** Milliseconds for an attempt, instead of the client's. */
  readonly timeout?: number | undefined;
  /** Instead of the client's. */
  readonly maxRetries?: number | undefined;
}

/** The options of a client, checked and filled up. */
export interface Config {
  /** Without a slash at its end. */
  readonly baseUrl: string;
  readonly token: () => Promise<string | undefined>;
  readonly timeout: number;
  readonly maxRetries: number;
  readonly maxRetryWait: number;
  /** Undefined where it is the runtime's. */
  readonly fetch: typeof globalThis.fetch | undefined;
}

/** One host: the key says which data it sees. */
const BASE_URLS: Readonly<Record<Environment, string>> = {
  production: "https://api.loopspace.com",
  sandbox: "https://api.loopspace.com",
};

const variable = (name: string): string | undefined => {
  const { process } = globalThis as { process?: { env?: Record<string, string | undefined> } };
  return process?.env?.[name] || undefined;
};

/** A header takes nothing else, and says so with the key in its message. */
const checkToken = (name: string, token: string): string => {
  if (typeof token !== "string" || !/^[\x21-\x7e]+$/.test(token))
    throw invalidArgument(`${name} has to be printable ASCII without blanks`);
  return token;
};

const ofKey = (key: string): Environment | undefined => {
  if (key.startsWith("lsk_live_")) return "production";
  return key.startsWith("lsk_test_") ? "sandbox" : undefined;
};

const checkEnvironment = (environment: Environment | undefined, key: string | null): Environment => {
  if (environment !== undefined && !Object.hasOwn(BASE_URLS, environment))
    throw invalidArgument("environment is either production or sandbox");
  const own = key === null ? undefined : ofKey(key);
  if (own !== undefined && environment !== undefined && own !== environment)
    throw new LoopspaceError(
      "WRONG_ENVIRONMENT",
      `the API key is one of ${own}, the client's is ${environment}`,
    );
  return environment ?? own ?? "production";
};

const checkBaseUrl = (text: string): string => {
  let url: URL;
  try {
    url = new URL(text);
  } catch {
    throw invalidArgument("baseUrl is no address");
  }
  if (!/^https?:$/.test(url.protocol) || url.username || url.search || url.hash)
    throw invalidArgument("baseUrl is an http or https address without a query");
  return url.href.replace(/\/+$/, "");
};

/** A number of the options, which is none below 0. */
export const checkNumber = (name: string, value: number | undefined, otherwise: number): number => {
  if (value === undefined) return otherwise;
  if (typeof value !== "number" || Number.isNaN(value) || value < 0)
    throw invalidArgument(`${name} is a number from 0`);
  return value;
};

const tokenOf = (key: string | null, accessToken: LoopspaceClientOptions["accessToken"]): Config["token"] => {
  if (accessToken === undefined) return async () => key ?? undefined;
  if (typeof accessToken === "string") {
    const token = checkToken("accessToken", accessToken);
    return async () => token;
  }
  return async () => checkToken("accessToken", await accessToken());
};

/** Throws LoopspaceError where a client could not work with these. */
export const configOf = (options: LoopspaceClientOptions): Config => {
  const { accessToken } = options;
  if (accessToken !== undefined && options.apiKey) throw invalidArgument("either apiKey or accessToken");
  const given = accessToken === undefined ? (options.apiKey ?? variable("LOOPSPACE_API_KEY")) : null;
  const apiKey = options.apiKey === null ? null : given;
  if (apiKey === undefined)
    throw invalidArgument("apiKey is missing (or LOOPSPACE_API_KEY); null reads as a guest");
  if (apiKey !== null) checkToken("apiKey", apiKey);
  const environment = checkEnvironment(options.environment, apiKey);
  return {
    baseUrl: checkBaseUrl(options.baseUrl ?? variable("LOOPSPACE_BASE_URL") ?? BASE_URLS[environment]),
    token: tokenOf(apiKey, accessToken),
    timeout: checkNumber("timeout", options.timeout, 60_000),
    maxRetries: checkNumber("maxRetries", options.maxRetries, 4),
    maxRetryWait: checkNumber("maxRetryWait", options.maxRetryWait, 60_000),
    fetch: options.fetch,
  };
};
