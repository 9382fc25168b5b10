import type { ContentfulStatusCode } from "hono/utils/http-status";
import { type DomainErrorCode, ERROR_CATEGORIES, type ErrorCategory } from "../lib/domain-error.ts";
import { ERROR_MESSAGES } from "./error-messages.ts";

/** The HTTP status of each category. */
const STATUSES = {
  invalid: 400,
  unauthenticated: 401,
  unpaid: 402,
  forbidden: 403,
  not_found: 404,
  method_not_allowed: 405,
  conflict: 409,
  too_large: 413,
  unsupported: 415,
  out_of_range: 416,
  unprocessable: 422,
  limited: 429,
  failed: 500,
  unavailable: 503,
} as const satisfies Record<ErrorCategory, ContentfulStatusCode>;

type DefaultStatus<C extends DomainErrorCode> = (typeof STATUSES)[(typeof ERROR_CATEGORIES)[C]];

/** The status and message of a failure, with the fields that a product's error body adds. */
export type WireError<F extends object> = F & {
  readonly status: ContentfulStatusCode;
  readonly message: string;
};

/** Where a product differs from the defaults of a failure's category. */
export type ErrorOverrides<F extends object> = {
  readonly [C in DomainErrorCode]?: Partial<WireError<F>>;
};

/** The HTTP status with which a product of these overrides answers the failures `C`. */
export type StatusOf<O, C extends DomainErrorCode> = C extends keyof O
  ? O[C] extends { readonly status: infer S extends ContentfulStatusCode }
    ? S
    : DefaultStatus<C>
  : DefaultStatus<C>;

/** The status of a failure where no product overrides it. */
export const statusOf = (code: DomainErrorCode): ContentfulStatusCode => STATUSES[ERROR_CATEGORIES[code]];

/**
 * The wire errors of a product: the defaults of each category, in the language of its document, replaced by its
 * overrides. `fieldsOf` gives the product's own fields of a category, such as an error code.
 */
export const errorTable = <F extends object>(
  language: "en" | "zh-CN",
  fieldsOf: (category: ErrorCategory) => F,
  overrides: ErrorOverrides<F>,
): Readonly<Record<DomainErrorCode, WireError<F>>> => {
  const codes = Object.keys(ERROR_CATEGORIES) as DomainErrorCode[];
  const rows = codes.map((code) => {
    const category = ERROR_CATEGORIES[code];
    const defaults = { status: STATUSES[category], message: ERROR_MESSAGES[code][language] };
    return [code, { ...fieldsOf(category), ...defaults, ...overrides[code] }];
  });
  return Object.fromEntries(rows);
};
