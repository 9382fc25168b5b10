import { invalidArgument, LoopspaceError } from "./errors.js";

/** Keys that begin with `lsk_test_` are of `sandbox`; any other key, token or guest is of `production`. */
export type Environment = "production" | "sandbox";

export interface LoopspaceClientOptions {
  /** Default: the environment variable `LOOPSPACE_API_KEY`. `null` is a guest, who may read what is public. */
  readonly apiKey?: string | null | undefined;
  /** Instead of a key: the access token of an application, or what gives the present one before each attempt. */
  readonly accessToken?: string | (() => string | Promise<string>) | undefined;
  /** What the key has to be for; another is refused (`WRONG_ENVIRONMENT`). Default: what it is for. */
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
  return process?.env?.[name]?.trim() || undefined;
};

/** A header takes nothing else, and says so with the key in its message. */
const checkToken = (name: string, token: string): string => {
  if (typeof token !== "string" || !/^[\x21-\x7e]+$/.test(token))
    throw invalidArgument(`${name} has to be printable ASCII without blanks`);
  return token;
};

/** What a client calls with; null is a guest. */
type Token = NonNullable<LoopspaceClientOptions["accessToken"]> | null;

/** Throws LoopspaceError where the caller means to be elsewhere than the token leads. */
const checkEnvironment = (environment: Environment | undefined, token: Token): Environment => {
  if (environment !== undefined && !Object.hasOwn(BASE_URLS, environment))
    throw invalidArgument("environment is either production or sandbox");
  // Who signs in and who asks as a guest are in production, always.
  const own = typeof token === "string" && token.startsWith("lsk_test_") ? "sandbox" : "production";
  if (environment !== undefined && own !== environment)
    throw new LoopspaceError(
      "WRONG_ENVIRONMENT",
      `environment is ${environment}, but what the client calls with is of ${own}`,
    );
  return own;
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

const tokenOf = (token: Token, environment: Environment | undefined): Config["token"] => {
  if (typeof token !== "function") return async () => token ?? undefined;
  return async () => {
    const present = checkToken("accessToken", await token());
    checkEnvironment(environment, present);
    return present;
  };
};

const tokenIn = ({ apiKey, accessToken }: LoopspaceClientOptions): Token => {
  if (accessToken !== undefined) {
    if (apiKey) throw invalidArgument("either apiKey or accessToken");
    return typeof accessToken === "function" ? accessToken : checkToken("accessToken", accessToken);
  }
  if (apiKey === null) return null;
  const key = apiKey ?? variable("LOOPSPACE_API_KEY");
  if (key === undefined)
    throw invalidArgument("apiKey is missing (or LOOPSPACE_API_KEY); null reads as a guest");
  return checkToken("apiKey", key);
};

/** Throws LoopspaceError where a client could not work with these. */
export const configOf = (options: LoopspaceClientOptions): Config => {
  const token = tokenIn(options);
  const environment = checkEnvironment(options.environment, token);
  return {
    baseUrl: checkBaseUrl(options.baseUrl ?? variable("LOOPSPACE_BASE_URL") ?? BASE_URLS[environment]),
    token: tokenOf(token, options.environment),
    timeout: checkNumber("timeout", options.timeout, 60_000),
    maxRetries: checkNumber("maxRetries", options.maxRetries, 4),
    maxRetryWait: checkNumber("maxRetryWait", options.maxRetryWait, 60_000),
    fetch: options.fetch,
  };
};
