import type { AppContext } from "../../http/context.ts";
import { answerOrigin } from "../../http/origins.ts";

export const audioPathOf = (id: string, part = ""): string => `/api/v1/audio/${id}${part}`;

export const pageUrlOf = (c: AppContext, id: string): string => `${answerOrigin(c)}/loopspace/tracks/${id}`;

export const avatarOf = (c: AppContext, avatarKey: string | null): string | null =>
  avatarKey === null ? null : `${answerOrigin(c)}/media/${avatarKey}`;
