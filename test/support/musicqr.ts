import { env } from "cloudflare:workers";
import { createHmac } from "node:crypto";
import { jsonBody, ORIGIN, request, requestJson } from "./http.ts";

/** The API key, derived in the way that the API document gives to clients. */
export const API_KEY = createHmac("sha256", env.MUSICQR_SECRET_KEY ?? "")
  .update("musicqr_api_salt_2024")
  .digest("hex");

export const keyed = { "x-api-key": API_KEY };

const LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789";

export const randomCode = (): string =>
  Array.from(crypto.getRandomValues(new Uint8Array(12)), (byte) => LETTERS[byte % 32]).join("");

export const randomCodes = (count: number): string[] => Array.from({ length: count }, randomCode);

export const sync = (codes: readonly (string | { code: unknown; created_date?: unknown })[]) =>
  requestJson<SyncAnswer>(
    "/api/sync-codes",
    jsonBody({ codes: codes.map((code) => (typeof code === "string" ? { code } : code)) }, keyed),
  );

export interface SyncAnswer {
  success: boolean;
  message: string;
  error_code?: string;
  synced_count: number;
  skipped_count: number;
  details: {
    new_codes: string[];
    existing_codes: string[];
    invalid_codes: string[];
    failed_codes?: string[];
  };
  timestamp: string;
}

export interface VerifyAnswer {
  valid: boolean;
  activated: boolean;
  code: string;
  message: string;
  activation_date?: string;
  query_count?: number;
  first_activation?: true;
  timestamp: string;
}

export const verify = (code: string, init?: RequestInit) =>
  requestJson<VerifyAnswer>(`/api/verify/${code}`, init);

/** Creates a code that is stored. */
export const newSyncedCode = async (): Promise<string> => {
  const code = randomCode();
  await sync([code]);
  return code;
};

/** Returns the stored row of a code. */
export const storedCode = (code: string) =>
  env.DB.prepare("SELECT * FROM codes WHERE code = ?")
    .bind(code)
    .first<Record<string, string | number | null>>();

/** Signs in as the administrator and returns the headers of the signed-in browser. */
export const signedIn = async (): Promise<Record<string, string>> => {
  const credentials = { username: env.ADMIN_USERNAME, password: env.ADMIN_PASSWORD };
  const response = await request("/admin/login", jsonBody(credentials));
  const cookie = response.headers.get("set-cookie")?.split(";")[0];
  if (!cookie) throw new Error(`no session: ${response.status}`);
  return { cookie, origin: ORIGIN };
};
