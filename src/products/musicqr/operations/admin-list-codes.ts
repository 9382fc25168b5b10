import { createRoute, z } from "@hono/zod-openapi";
import { newRouter } from "../../../http/validation.ts";
import { requireAdmin } from "../admin-auth.ts";
import { codeSchema } from "../contract.ts";
import { CODE_ORDERS, CODE_STATUSES } from "../domain/index.ts";
import { toCode } from "../to-wire.ts";
import { errors, json, SESSION_SECURITY, TAGS } from "./operation.ts";

/** Treats an empty parameter, as forms send it, as absent. */
const emptyIsDefault = <T extends z.ZodType>(schema: T) =>
  z.preprocess((v) => (v === "" ? undefined : v), schema);

export const statusFilter = emptyIsDefault(z.enum(["all", ...CODE_STATUSES]).default("all"));

/** The parameters of the list. An unknown parameter is refused, because it is likely a mistake. */
export const listQuerySchema = z.strictObject({
  page: emptyIsDefault(z.coerce.number().int().min(1).max(1_000_000_000).default(1)),
  per_page: emptyIsDefault(z.coerce.number().int().min(1).max(100).default(20)),
  search: z.string().trim().toUpperCase().max(100).optional().openapi({
    description: "Three or more characters match any part of a code; one or two match its beginning.",
  }),
  status: statusFilter,
  sort: emptyIsDefault(z.enum(CODE_ORDERS).default("created_date")),
  order: emptyIsDefault(z.enum(["asc", "desc"]).default("desc")),
});

export const toListQuery = (query: z.output<typeof listQuerySchema>) => ({
  page: query.page,
  perPage: query.per_page,
  search: query.search,
  status: query.status,
  order: query.sort,
  descending: query.order === "desc",
});

const route = createRoute({
  method: "get",
  path: "/admin/api/codes",
  operationId: "adminListCodes",
  tags: [TAGS.admin],
  summary: "List codes",
  description:
    "Returns one page of codes. Each page costs the same, in any order and with any filter. While codes are being added, deep pages may use the numbering of a minute ago. If a search finds more than 10,000 codes, `total_capped` is true.",
  security: SESSION_SECURITY,
  middleware: [requireAdmin] as const,
  request: { query: listQuerySchema },
  responses: {
    200: json(
      "One page of codes",
      z.object({
        success: z.literal(true),
        data: z.object({
          codes: z.array(codeSchema),
          pagination: z.object({
            page: z.int(),
            per_page: z.int(),
            total: z.int(),
            pages: z.int(),
            total_capped: z.literal(true).optional(),
          }),
        }),
      }),
    ),
    ...errors(400, 401, 500),
  },
});

export const adminListCodes = newRouter().openapi(route, async (c) => {
  const query = toListQuery(c.req.valid("query"));
  const { codes, total, totalIsCapped } = await c.get("services").directory.page(query);
  const pagination = {
    page: query.page,
    per_page: query.perPage,
    total,
    pages: Math.ceil(total / query.perPage),
    ...(totalIsCapped ? { total_capped: true as const } : {}),
  };
  return c.json({ success: true as const, data: { codes: codes.map(toCode), pagination } }, 200);
});
