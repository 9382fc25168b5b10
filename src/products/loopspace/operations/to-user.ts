/** Converts profiles to the wire format of the contract. */

import type { z } from "@hono/zod-openapi";
import type { Profile } from "../../../core/social/index.ts";
import type { AppContext } from "../../../http/context.ts";
import { answerOrigin } from "../../../http/origins.ts";
import { isoTime } from "../../../lib/clock.ts";
import { userIdOf } from "../../../lib/ids.ts";
import type { userSchema } from "../contract/index.ts";
import { avatarOf } from "../urls.ts";
export const toUserWire = (c: AppContext, profile: Profile): z.output<typeof userSchema> => ({
  id: userIdOf(profile.uuid),
  username: profile.username,
  name: profile.fullName,
  avatar: avatarOf(c, profile.avatarKey),
  stats: {
    followersCount: profile.followers,
    followingCount: profile.following,
    tracksCount: profile.tracks,
    playsCount: profile.plays,
  },
  isFollowing: profile.isFollowed,
  profileUrl: `${answerOrigin(c)}/loopspace/users/${userIdOf(profile.uuid)}`,
  createdAt: isoTime(profile.createdAt),
});
