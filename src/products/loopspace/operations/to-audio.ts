/** Converts tracks and purchases to the wire format of the contract. */

import type { z } from "@hono/zod-openapi";
import type { AppContext } from "../../../http/context.ts";
import { signedUrl } from "../../../http/media-urls.ts";
import { answerOrigin } from "../../../http/origins.ts";
import { isoTime } from "../../../lib/clock.ts";
import { userIdOf } from "../../../lib/ids.ts";
import type { audioItemSchema, audioSchema, purchaseSchema } from "../contract/index.ts";
import { canDownload, type Purchase, type Track } from "../domain/index.ts";
import { audioPathOf, avatarOf, pageUrlOf } from "../urls.ts";
import { viewerOf } from "../viewer.ts";

/** Returns the URL of a track's file. It is signed only where the caller may have a file that guests may not. */
const fileUrl = (c: AppContext, track: Track, part: "/stream" | "/download"): Promise<string> | string => {
  const isOpen = track.visibility === "public" && track.environment === "live" && track.status === "ready";
  const isSigned = canDownload(track, viewerOf(c).userId) && !(isOpen && track.price === 0);
  return isSigned
    ? signedUrl(c, audioPathOf(track.id, part))
    : `${answerOrigin(c)}${audioPathOf(track.id, part)}`;
};

export const toAudioItem = async (
  c: AppContext,
  track: Track,
): Promise<z.output<typeof audioItemSchema>> => ({
  id: track.id,
  title: track.title,
  description: track.description,
  genre: track.genre || null,
  tags: [...track.tags],
  status: track.status,
  ...(track.failure !== null && { failure: track.failure }),
  visibility: track.visibility,
  price: track.price,
  duration: track.durationMs === null ? null : track.durationMs / 1_000,
  metadata: {
    bitrate: track.bitrate,
    sampleRate: track.sampleRate,
    channels: track.channels,
    codec: track.codec,
    format: track.mediaType,
    size: track.bytes,
    artist: track.artist,
    album: track.album,
    year: track.year,
  },
  warnings: [...track.warnings],
  coverUrl: track.coverKey === null ? null : `${answerOrigin(c)}/media/${track.coverKey}`,
  streamUrl: await fileUrl(c, track, "/stream"),
  previewDuration: canDownload(track, viewerOf(c).userId) ? null : (track.preview?.durationMs ?? 0) / 1_000,
  downloadUrl: canDownload(track, viewerOf(c).userId) ? await fileUrl(c, track, "/download") : null,
  pageUrl: pageUrlOf(c, track.id),
  stats: { playsCount: track.plays, salesCount: track.sales },
  user: {
    id: userIdOf(track.owner.uuid),
    username: track.owner.username,
    avatar: avatarOf(c, track.owner.avatarKey),
  },
  purchased: track.isPurchased,
  createdAt: isoTime(track.createdAt),
  updatedAt: isoTime(track.updatedAt),
});

export const toAudio = async (c: AppContext, track: Track): Promise<z.output<typeof audioSchema>> => ({
  ...(await toAudioItem(c, track)),
  waveform: [...track.waveform],
  waveformEstimated: track.isEstimated,
});

export const toPurchaseWire = async (
  c: AppContext,
  purchase: Purchase,
): Promise<z.output<typeof purchaseSchema>> => ({
  id: purchase.id,
  audioId: purchase.audioId,
  price: purchase.price,
  createdAt: isoTime(purchase.createdAt),
  downloadUrl: await signedUrl(c, audioPathOf(purchase.audioId, "/download")),
});
