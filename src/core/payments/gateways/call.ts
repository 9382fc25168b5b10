import { GatewayError } from "./spec.ts";

const TIMEOUT_MS = 10_000;
const MAX_ANSWER_CHARACTERS = 100_000;

export interface GatewayAnswer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: string;
}

/** Calls a gateway. Throws GatewayError for network errors, timeouts and answers that are too long. */
export const callGateway = async (url: string, init: RequestInit): Promise<GatewayAnswer> => {
  try {
    const signal = AbortSignal.timeout(TIMEOUT_MS);
    const response = await fetch(url, { redirect: "manual", ...init, signal });
    const body = await response.text();
    if (body.length > MAX_ANSWER_CHARACTERS) throw new Error("the answer is too long");
    return { status: response.status, headers: response.headers, body };
  } catch (error) {
    throw new GatewayError(`no answer from ${new URL(url).hostname}: ${String(error)}`);
  }
};

/** Parses JSON. Returns undefined if the text is not JSON, so that the caller's schema rejects it. */
export const parseJson = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};
