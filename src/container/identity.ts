import {
  AccountSessions,
  Accounts,
  AdminSessions,
  Avatars,
  CurrentPasswords,
  EmailAddresses,
  EndedAccess,
  Logins,
  PasswordResets,
} from "../core/identity/index.ts";
import { userTopic } from "../core/progress/index.ts";
import type { IdentityServices, Services } from "../http/services.ts";
import type { Slice } from "../http/slice.ts";
import { systemClock } from "../lib/clock.ts";
import { squareWebp } from "../platform/images.ts";

/** WebSocket close code: the client must sign in before it reconnects. */
const SESSION_ENDED = 4_401;

/** Closes the sockets that were opened with a session when the session ends. */
const onSessionsEnded =
  (services: Services) =>
  (userId: number): void =>
    services.defer("access.signal_failed", services.endedAccess.signal(userId));

export const identityServices: Slice<IdentityServices> = {
  accounts: (s) =>
    new Accounts(s.db, [s.administrator.username], systemClock, onSessionsEnded(s), s.currentPasswords),
  accountSessions: (s) => new AccountSessions(s.db, s.accessTokens, systemClock, onSessionsEnded(s)),
  accessTokens: ({ isolate }) => isolate.accessTokens,
  administrator: ({ isolate }) => isolate.administrator,
  adminSessions: ({ db, administrator }) => new AdminSessions(db, administrator, systemClock),
  avatars: ({ accounts, orphanedObjects, env }) =>
    new Avatars(accounts, orphanedObjects.store, (bytes, side) => squareWebp(env.IMAGES, bytes, side)),
  currentPasswords: ({ db, administrator, limits }) =>
    new CurrentPasswords({ db, administrator, limits, clock: systemClock }),
  emailAddresses: ({ db }) => new EmailAddresses({ db, clock: systemClock }),
  endedAccess: ({ db, progress, rooms }) =>
    new EndedAccess({
      db,
      clock: systemClock,
      closeSockets: (userId, sessionIds) =>
        progress.end(userTopic(userId), SESSION_ENDED, "the session has ended", sessionIds),
      closeSeat: async (userId, meetingId, visit) =>
        rooms.of(meetingId).dismiss(userId, { reason: "signed_out", visit }),
    }),
  logins: ({ db, administrator, limits }) => new Logins({ db, administrator, limits, clock: systemClock }),
  passwordResets: (s) => new PasswordResets(s.db, systemClock, onSessionsEnded(s)),
};
