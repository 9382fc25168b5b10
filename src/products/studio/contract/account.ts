import { z } from "@hono/zod-openapi";
import {
  currentPasswordSchema,
  emailSchema,
  endOtherAccessSchema,
  passwordSchema,
  pendingEmailSchema,
  usernameSchema,
} from "../../../http/account-fields.ts";
import { fileField } from "../../../http/file-field.ts";
import { id, time } from "./common.ts";

export const grantSchema = z
  .object({
    user: z.object({ id, username: z.string(), email: z.string() }),
    token: z.string().openapi({ description: "A JWT, valid for 24 hours" }),
  })
  .openapi("StudioGrant");

export const registerSchema = z.object({
  username: usernameSchema,
  email: emailSchema,
  password: passwordSchema,
});

export const loginSchema = z.object({
  email: z.string().trim().min(3).max(254),
  password: z.string().min(1).max(256).openapi({ format: "password" }),
});

export const profileSchema = z
  .object({
    id,
    username: z.string(),
    email: z.string(),
    pendingEmail: pendingEmailSchema,
    avatar: z.string().openapi({ description: "The URL of the picture; empty if there is none" }),
    computePower: z.int().openapi({ description: "Credits left in the wallet", example: 50 }),
    vipLevel: z.int().openapi({ description: "1 for VIP", example: 0 }),
    vipUntil: time.optional(),
    totalGenerated: z.int().openapi({ description: "The number of finished works", example: 0 }),
    role: z.enum(["USER", "ADMIN"]),
  })
  .openapi("StudioProfile");

export const powerSchema = z
  .object({
    total: z.int().openapi({ description: "The sum of `used` and `remaining`", example: 50 }),
    used: z.int().openapi({ description: "Credits that were spent, minus refunds", example: 10 }),
    remaining: z.int().openapi({ example: 40 }),
    gifted: z.int().openapi({
      description: "Credits that were given to the account, not counting the initial ones",
      example: 0,
    }),
    hdCount: z.int().openapi({ description: "The number of works in HD", example: 0 }),
  })
  .openapi("StudioComputePower");

export const updateProfileSchema = z
  .object({
    username: usernameSchema.optional(),
    email: emailSchema.optional(),
    currentPassword: currentPasswordSchema,
  })
  .refine(
    ({ username, email }) => username !== undefined || email !== undefined,
    "username or email is required",
  );

export const updatedProfileSchema = z.object({
  id,
  username: z.string(),
  email: z.string(),
  pendingEmail: pendingEmailSchema,
});

export const changePasswordSchema = z.object({
  currentPassword: z.string().min(1).max(256),
  newPassword: passwordSchema,
  endOtherAccess: endOtherAccessSchema,
});

export const avatarFormSchema = z.object({ file: fileField });

export const avatarSchema = z.object({ avatar: z.url() });

export type Grant = z.output<typeof grantSchema>;
export type Profile = z.output<typeof profileSchema>;
export type ComputePower = z.output<typeof powerSchema>;
