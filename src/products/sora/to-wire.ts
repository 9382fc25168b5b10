import type { z } from "@hono/zod-openapi";
import type { CreditEntry } from "../../core/credits/index.ts";
import type { Task, VideoTask } from "../../core/generation/index.ts";
import type { AccountSession, User } from "../../core/identity/index.ts";
import type { Order } from "../../core/payments/index.ts";
import { isoTime } from "../../lib/clock.ts";
import type {
  creditSchema,
  orderSchema,
  sessionSchema,
  userSchema,
  videoProgressSchema,
  videoSchema,
} from "./contract.ts";

export const toPage = <T>(data: T[], total: number, { page, limit }: { page: number; limit: number }) => ({
  data,
  pagination: { page, limit, total, totalPages: Math.ceil(total / limit) },
});

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
