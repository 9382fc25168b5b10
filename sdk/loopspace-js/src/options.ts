import { invalidArgument, LoopspaceError } from "./errors.js";

/** Keys that begin with `lsk_test_` belong to `sandbox`. Any other key or token, and a guest, use `production`. */
export type Environment = "production" | "sandbox";

export interface LoopspaceClientOptions {
  /**
   * Default: the environment variable `LOOPSPACE_API_KEY`. `null` calls as a guest, with access to public data only.
   */
  readonly apiKey?: string | null | undefined;
  /**
   * Instead of a key: an OAuth access token, or a function that returns the current one. The function is called
   * before each attempt.
   */
  readonly accessToken?: string | (() => string | Promise<string>) | undefined;
  /** The environment that the key must belong to, or `WRONG_ENVIRONMENT` is thrown. Default: the one of the key. */
  readonly environment?: Environment | undefined;
  /** Default: the environment variable `LOOPSPACE_BASE_URL`, else `https://api.loopspace.com`. */
  readonly baseUrl?: string | undefined;
  /** Milliseconds for one attempt of a call (default 60,000). Uploads get more, depending on their size. */
  readonly timeout?: number | undefined;
  /** How often a failed call is retried (default 4); 0 disables retries. */
  readonly maxRetries?: number | undefined;
  /**
   * The longest wait before a retry, in milliseconds (default 60,000). Where the server asks for a longer one, the
   * error is thrown at once.
   */
  readonly maxRetryWait?: number | undefined;
  /** Default: the runtime's `fetch`. With another one, upload progress is reported only per chunk. */
  readonly fetch?: typeof globalThis.fetch | undefined;
}

/** The options that every call accepts. */
export interface RequestOptions {
  /** Aborts the call, also while it waits for a retry. The call then throws the signal's reason. */
  readonly signal?: AbortSignal | undefined;
  /** Milliseconds for one attempt. Default: the client's `timeout`. */
  readonly timeout?: number | undefined;
  /** Default: the client's `maxRetries`. */
  readonly maxRetries?: number | undefined;
}

/** The options of a client, validated and with their defaults. */
export interface Config {
  /** Without a trailing slash. */
  readonly baseUrl: string;
  readonly token: () => Promise<string | undefined>;
  readonly timeout: number;
  readonly maxRetries: number;
  readonly maxRetryWait: number;
  /** Undefined where the runtime's `fetch` is used. */
  readonly fetch: typeof globalThis.fetch | undefined;
}

/** Both environments have the same host: the key decides which data a call sees. */
const BASE_URLS: Readonly<Record<Environment, string>> = {
  production: "https://api.loopspace.com",
  sandbox: "https://api.loopspace.com",
};

const variable = (name: string): string | undefined => {
  const { process } = globalThis as { process?: { env?: Record<string, string | undefined> } };
  return process?.env?.[name]?.trim() || undefined;
};

/** Validates a token here, because the error of `Headers` for other characters would contain the token. */
const checkToken = (name: string, token: string): string => {
  if (typeof token !== "string" || !/^[\x21-\x7e]+$/.test(token))
    throw invalidArgument(`${name} must be printable ASCII without spaces`);
  return token;
};

/** The credential of a client; null for a guest. */
type Token = NonNullable<LoopspaceClientOptions["accessToken"]> | null;

/** Returns the environment of a token. Throws `WRONG_ENVIRONMENT` where the caller expects another one. */
const checkEnvironment = (environment: Environment | undefined, token: Token): Environment => {
  if (environment !== undefined && !Object.hasOwn(BASE_URLS, environment))
    throw invalidArgument("environment must be production or sandbox");
  // Access tokens and guests always use production.
  const own = typeof token === "string" && token.startsWith("lsk_test_") ? "sandbox" : "production";
  if (environment !== undefined && own !== environment)
    throw new LoopspaceError(
      "WRONG_ENVIRONMENT",
      `environment is ${environment}, but the client's key or token belongs to ${own}`,
    );
  return own;
};

const checkBaseUrl = (text: string): string => {
  let url: URL;
  try {
    url = new URL(text);
  } catch {
    throw invalidArgument("baseUrl must be a URL");
  }
  if (!/^https?:$/.test(url.protocol) || url.username || url.password || url.search || url.hash)
    throw invalidArgument(
      "baseUrl must be an http or https URL without user name, password, query and fragment",
    );
  return url.href.replace(/\/+$/, "");
};

/** Returns a numeric option or its default. Throws `INVALID_ARGUMENT` where it is not a number of at least 0. */
export const checkNumber = (name: string, value: number | undefined, otherwise: number): number => {
  if (value === undefined) return otherwise;
  if (typeof value !== "number" || Number.isNaN(value) || value < 0)
    throw invalidArgument(`${name} must be a number of at least 0`);
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
    if (apiKey) throw invalidArgument("apiKey and accessToken cannot be used together");
    return typeof accessToken === "function" ? accessToken : checkToken("accessToken", accessToken);
  }
  if (apiKey === null) return null;
  const key = apiKey ?? variable("LOOPSPACE_API_KEY");
  if (key === undefined)
    throw invalidArgument(
      "apiKey is missing: pass it, set LOOPSPACE_API_KEY, or pass null to call as a guest",
    );
  return checkToken("apiKey", key);
};

/** Validates the options of a client. Throws `INVALID_ARGUMENT` or `WRONG_ENVIRONMENT`. */
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
