import { useEffect, useState } from "hono/jsx/dom";
import { ApiError, call, type Joined, messageOf, setToken, tokenOf } from "./api.ts";
import { openDevices } from "./devices.ts";
import { text } from "./language.ts";
import { Field, Problem, Tile, useAction } from "./parts.tsx";

interface LobbyProps {
  readonly meetingId: number;
  readonly devices: MediaStream | undefined;
  readonly onDevices: (devices: MediaStream) => void;
  readonly onJoined: (joined: Joined) => void;
}

/** Before the meeting: who one is, and what one looks like. */
export const Lobby = ({ meetingId, devices, onDevices, onJoined }: LobbyProps) => {
  const [isSignedIn, setSignedIn] = useState(tokenOf() !== null);
  const [isGuest, setGuest] = useState(false);
  const { busy, problem, act } = useAction();
  useEffect(() => {
    if (!devices) void openDevices().then(onDevices);
  }, []);
  const join = (event: Event): void => {
    event.preventDefault();
    const fields = Object.fromEntries(new FormData(event.target as HTMLFormElement)) as Record<
      string,
      string
    >;
    void act(async () => {
      if (!isSignedIn && !isGuest) {
        const { username, password } = fields;
        const grant = await call<{ access_token: string }>("/auth/login", "POST", { username, password });
        setToken(grant.access_token);
        setSignedIn(true);
      }
      const asked = {
        ...(fields.meeting_password ? { password: fields.meeting_password } : {}),
        ...(isGuest ? { full_name: fields.full_name } : {}),
      };
      try {
        onJoined(await call<Joined>(`/meetings/${meetingId}/join`, "POST", asked));
      } catch (error) {
        if (!tokenOf()) setSignedIn(false);
        throw error instanceof ApiError ? error : new ApiError(0, messageOf(error));
      }
    });
  };
  return (
    <div class="columns">
      <section class="card">
        <h2>{text.preview}</h2>
        <Tile
          id="preview"
          name={text.you}
          stream={devices}
          isSelf
          isMuted={false}
          hasVideo={(devices?.getVideoTracks().length ?? 0) > 0}
          isHandRaised={false}
        />
        {devices && devices.getTracks().length === 0 && <p class="notice notice-warn">{text.noDevices}</p>}
      </section>
      <form class="card" onSubmit={join}>
        <h1>{text.join}</h1>
        <Problem message={problem} />
        {!isSignedIn && isGuest && (
          <Field label={text.yourName}>
            <input name="full_name" maxlength={100} autocomplete="name" required />
          </Field>
        )}
        {!isSignedIn && !isGuest && (
          <>
            <Field label={text.username}>
              <input name="username" autocomplete="username" required />
            </Field>
            <Field label={text.password}>
              <input name="password" type="password" autocomplete="current-password" required />
            </Field>
          </>
        )}
        <Field label={text.meetingPassword}>
          <input name="meeting_password" maxlength={64} autocomplete="off" />
        </Field>
        <button type="submit" disabled={busy || !devices}>
          {text.join}
        </button>
        {!isSignedIn && (
          <button type="button" class="button-quiet" onClick={() => setGuest(!isGuest)}>
            {isGuest ? text.asAccount : text.asGuest}
          </button>
        )}
      </form>
    </div>
  );
};
