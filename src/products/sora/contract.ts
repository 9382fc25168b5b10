import { z } from "@hono/zod-openapi";
import { pendingEmailSchema } from "../../http/account-fields.ts";

const time = z.string().openapi({ format: "date-time", example: "2025-10-20T00:00:00.000Z" });
const id = z.uuid().openapi({ example: "123e4567-e89b-12d3-a456-426614174000" });
const credits = z.int().openapi({ example: 50 });

export const errorSchema = z
  .object({
    error: z.string().openapi({ example: "Validation Error" }),
    message: z.string().openapi({ example: "请求参数不正确" }),
    statusCode: z.int().openapi({ example: 400 }),
    requestId: z.string().openapi({ example: "req_1f0c9a4be27d5d3f6a10" }),
    errors: z
      .array(z.object({ path: z.string(), message: z.string() }))
      .optional()
      .openapi({ description: "Present for a validation error: the problems by field" }),
  })
  .openapi("SoraError");

export const messageSchema = z.object({ message: z.string() }).openapi("SoraMessage");

/** The requested page of a list. Values out of range are refused with 400. */
export const pageQuery = z.object({
  page: z.coerce.number().int().min(1).max(1_000_000).default(1).openapi({ example: 1 }),
  limit: z.coerce.number().int().min(1).max(100).default(20).openapi({ example: 20 }),
});

const paginationSchema = z
  .object({ page: z.int(), limit: z.int(), total: z.int(), totalPages: z.int() })
  .openapi("SoraPagination");

export const pageOf = <T extends z.ZodType>(item: T) =>
  z.object({ data: z.array(item), pagination: paginationSchema });

export const idParams = z.object({ id: id.openapi({ param: { name: "id", in: "path" } }) });

// ---- users

export const userSchema = z
  .object({
    id,
    email: z.string().openapi({ example: "user@example.com" }),
    pendingEmail: pendingEmailSchema,
    username: z.string().openapi({ example: "johndoe" }),
    avatarUrl: z.url().optional(),
    role: z.enum(["USER", "ADMIN"]),
    createdAt: time,
    updatedAt: time,
  })
  .openapi("SoraUser");

export const grantSchema = z
  .object({
    user: userSchema,
    accessToken: z
      .string()
      .openapi({ description: "Valid for 15 minutes", example: "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9..." }),
  })
  .openapi("SoraGrant");

export const sessionSchema = z
  .object({
    id,
    current: z.boolean(),
    ip: z.string(),
    userAgent: z.string(),
    createdAt: time,
    lastUsedAt: time,
    expiresAt: time,
  })
  .openapi("SoraSession");

// ---- videos

export const videoStatus = z.enum(["PENDING", "PROCESSING", "COMPLETED", "FAILED", "CANCELLED"]);

const failureSchema = z
  .object({
    code: z.string().openapi({ example: "moderated" }),
    message: z.string().openapi({ example: "内容未通过安全审核" }),
  })
  .openapi("SoraVideoFailure");

export const videoSchema = z
  .object({
    id,
    userId: id,
    prompt: z.string().openapi({ example: "一只可爱的小猫在草地上玩耍" }),
    negativePrompt: z.string().optional(),
    status: videoStatus,
    progress: z.int().min(0).max(100),
    videoUrl: z
      .url()
      .optional()
      .openapi({ description: "Valid for one day; anyone with this URL can open the video" }),
    thumbnailUrl: z.url().optional(),
    duration: z.number().optional().openapi({ description: "Seconds", example: 5 }),
    aspectRatio: z.string().openapi({ example: "16:9" }),
    hd: z.boolean(),
    model: z
      .string()
      .optional()
      .openapi({ description: "The model of the video, once the provider has accepted it" }),
    credits: z.int().openapi({
      description: "The credits charged; they are refunded if the video fails or is cancelled",
      example: 5,
    }),
    error: failureSchema.optional(),
    createdAt: time,
    updatedAt: time,
  })
  .openapi("SoraVideo");

export const videoProgressSchema = z
  .object({
    id,
    status: videoStatus,
    progress: z.int().min(0).max(100).openapi({ example: 45 }),
    estimatedTimeRemaining: z
      .int()
      .openapi({ description: "Seconds; 0 once the status is final", example: 30 }),
    videoUrl: z.url().optional(),
    thumbnailUrl: z.url().optional(),
    error: failureSchema.optional(),
  })
  .openapi("SoraVideoProgress");

// ---- credits

export const balanceSchema = z.object({ userId: id, balance: credits }).openapi("SoraBalance");

export const creditSchema = z
  .object({
    id,
    userId: id,
    amount: z.int().openapi({ description: "Negative for spent credits", example: -5 }),
    balance: credits,
    type: z.enum(["RECHARGE", "CONSUME", "REFUND", "REWARD"]),
    description: z.string().openapi({ example: "视频生成" }),
    createdAt: time,
  })
  .openapi("SoraCredit");

// ---- orders

export const paymentMethod = z.enum(["ALIPAY", "WECHAT", "STRIPE"]);

export const orderSchema = z
  .object({
    id,
    userId: id,
    amount: z.number().openapi({ description: "Yuan", example: 10 }),
    currency: z.string().openapi({ example: "CNY" }),
    credits: z.int().openapi({ example: 100 }),
    status: z.enum(["PENDING", "PAID", "FAILED", "CANCELLED", "REFUNDED"]),
    paymentMethod,
    createdAt: time,
    expiresAt: time,
    paidAt: time.optional(),
  })
  .openapi("SoraOrder");

export const paidOrderSchema = z
  .object({
    order: orderSchema,
    payment: z.discriminatedUnion("type", [
      z.object({ type: z.literal("redirect"), url: z.string() }),
      z.object({ type: z.literal("qr"), codeUrl: z.string() }),
    ]),
  })
  .openapi("SoraPaidOrder");
