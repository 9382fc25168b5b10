import { z } from "@hono/zod-openapi";
import type { CreditEntry } from "../../core/credits/index.ts";
import type { Task, VideoTask } from "../../core/generation/index.ts";
import type { AccountSession, User } from "../../core/identity/index.ts";
import type { Order } from "../../core/payments/index.ts";
import { pendingEmailSchema } from "../../http/account-fields.ts";

/** Formats a time as ISO 8601 in UTC with milliseconds, as the API document does. */
export const isoTime = (ms: number): string => new Date(ms).toISOString();

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

export const toPage = <T>(data: T[], total: number, { page, limit }: { page: number; limit: number }) => ({
  data,
  pagination: { page, limit, total, totalPages: Math.ceil(total / limit) },
});

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

/** Builds the wire form of a user. `avatarUrl` returns the URL of a picture's key. */
export const toUserWire = (user: User, avatarUrl: (key: string) => string): z.output<typeof userSchema> => ({
  id: user.uuid,
  email: user.email ?? "",
  ...(user.pendingEmail === null ? {} : { pendingEmail: user.pendingEmail }),
  username: user.username,
  ...(user.avatarKey === null ? {} : { avatarUrl: avatarUrl(user.avatarKey) }),
  role: user.role,
  createdAt: isoTime(user.createdAt),
  updatedAt: isoTime(user.updatedAt),
});

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

export const toSessionWire = (
  session: AccountSession,
  currentId: string,
): z.output<typeof sessionSchema> => ({
  id: session.id,
  current: session.id === currentId,
  ip: session.ip,
  userAgent: session.userAgent,
  createdAt: isoTime(session.createdAt),
  lastUsedAt: isoTime(session.lastUsedAt),
  expiresAt: isoTime(session.expiresAt),
});

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

const FAILURES: Record<NonNullable<Task["failure"]>, string> = {
  moderated: "内容未通过安全审核，积分已退还",
  invalid: "该模型无法生成所请求的视频，积分已退还",
  provider_failed: "生成服务未能完成，积分已退还",
  provider_unavailable: "生成服务暂不可用，积分已退还",
  provider_unanswered: "生成服务没有响应，积分已退还",
  deadline: "生成超时，积分已退还",
  internal: "服务器内部错误，积分已退还",
};

/** The URLs of a finished task's media. */
export interface MediaUrls {
  readonly media: string;
  readonly thumbnail: string | undefined;
}

const urlsWire = (urls: MediaUrls | undefined) =>
  urls === undefined
    ? {}
    : { videoUrl: urls.media, ...(urls.thumbnail === undefined ? {} : { thumbnailUrl: urls.thumbnail }) };

const failureWire = ({ failure }: Pick<Task, "failure">) =>
  failure === null ? {} : { error: { code: failure, message: FAILURES[failure] } };

export const toVideo = (
  task: VideoTask,
  owner: User,
  urls: MediaUrls | undefined,
): z.output<typeof videoSchema> => ({
  id: task.id,
  userId: owner.uuid,
  prompt: task.prompt,
  ...(task.params.negativePrompt === undefined ? {} : { negativePrompt: task.params.negativePrompt }),
  status: task.state,
  progress: task.progress,
  ...urlsWire(urls),
  duration: task.params.durationSeconds,
  aspectRatio: task.params.aspectRatio,
  hd: task.params.hd,
  ...(task.model === null ? {} : { model: task.model }),
  credits: task.cost,
  ...failureWire(task),
  createdAt: isoTime(task.createdAt),
  updatedAt: isoTime(task.updatedAt),
});

/** The estimated duration before there is any progress. */
const TYPICAL_SECONDS = 60;

/** Estimates the remaining time from the progress so far. */
const secondsLeft = (task: Pick<Task, "state" | "progress" | "createdAt">, now: number): number => {
  if (task.state !== "PENDING" && task.state !== "PROCESSING") return 0;
  if (task.progress === 0) return TYPICAL_SECONDS;
  const elapsedSeconds = (now - task.createdAt) / 1_000;
  return Math.max(1, Math.ceil((elapsedSeconds * (100 - task.progress)) / task.progress));
};

export const toVideoProgress = (
  task: Pick<Task, "id" | "state" | "progress" | "createdAt" | "failure">,
  urls: MediaUrls | undefined,
  now: number,
): z.output<typeof videoProgressSchema> => ({
  id: task.id,
  status: task.state,
  progress: task.progress,
  estimatedTimeRemaining: secondsLeft(task, now),
  ...urlsWire(urls),
  ...failureWire(task),
});

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

/** Descriptions by the prefix of an entry's reference (`task:<id>`). */
const DESCRIPTIONS: Record<string, string> = {
  signup: "新用户赠送",
  task: "视频生成",
  "task-refund": "生成未完成，积分退还",
  order: "积分充值",
  "order-refund": "订单退款",
};

export const toCredit = (entry: CreditEntry, owner: User): z.output<typeof creditSchema> => ({
  id: entry.uuid,
  userId: owner.uuid,
  amount: entry.amount,
  balance: entry.balance,
  type: entry.type,
  description: DESCRIPTIONS[entry.reference.split(":")[0] ?? ""] ?? entry.description,
  createdAt: isoTime(entry.createdAt),
});

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

export const toOrder = (order: Order, ownerUuid: string): z.output<typeof orderSchema> => ({
  id: order.id,
  userId: ownerUuid,
  amount: order.amountMinor / 100,
  currency: order.currency,
  credits: order.credits,
  status: order.status,
  paymentMethod: order.method,
  createdAt: isoTime(order.createdAt),
  expiresAt: isoTime(order.expiresAt),
  ...(order.paidAt === null ? {} : { paidAt: isoTime(order.paidAt) }),
});

export const paidOrderSchema = z
  .object({
    order: orderSchema,
    payment: z.discriminatedUnion("type", [
      z.object({ type: z.literal("redirect"), url: z.string() }),
      z.object({ type: z.literal("qr"), codeUrl: z.string() }),
    ]),
  })
  .openapi("SoraPaidOrder");
