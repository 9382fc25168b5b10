/** Converts keys and applications to the wire format of the contract. */

import type { ApiKey } from "../../../core/access/index.ts";
import type { AuthorizedApp, OAuthClient } from "../../../core/oauth/index.ts";
import { isoTime, nullableIsoTime } from "../../../lib/clock.ts";

export const toAppWire = ({
  id,
  name,
  redirectUris,
  isPublic,
  isEnabled,
  createdAt,
  updatedAt,
}: OAuthClient) => ({
  clientId: id,
  name,
  redirectUris: [...redirectUris],
  public: isPublic,
  enabled: isEnabled,
  createdAt: isoTime(createdAt),
  updatedAt: isoTime(updatedAt),
});

export const toKeyWire = ({ createdAt, lastUsedAt, expiresAt, scopes, ...key }: ApiKey) => ({
  id: key.id,
  name: key.name,
  environment: key.environment,
  prefix: key.prefix,
  scopes: [...scopes],
  createdAt: isoTime(createdAt),
  lastUsedAt: nullableIsoTime(lastUsedAt),
  expiresAt: nullableIsoTime(expiresAt),
});

export const toAuthorizedAppWire = ({ clientId, name, scopes, createdAt, lastUsedAt }: AuthorizedApp) => ({
  id: clientId,
  name,
  scopes: [...scopes],
  createdAt: isoTime(createdAt),
  lastUsedAt: isoTime(lastUsedAt),
});
