import { useState } from "hono/jsx/dom";
import { fieldsOf, Problem, useAction } from "../../../../../ui/client/shared/action.tsx";
import { Field } from "../../../../../ui/components.tsx";
import { MAX_FULL_NAME, MAX_MEETING_PASSWORD } from "../../../contract/limits.ts";
import { tokenOf } from "./api.ts";
import { DeviceSettings } from "./device-settings.tsx";
import { text } from "./language.ts";
import { MediaButtons } from "./media-buttons.tsx";
import { SignIn } from "./sign-in.tsx";
import { Tile } from "./tile.tsx";
import type { OwnDevices } from "./use-devices.ts";

/** The request for joining. */
export interface JoinRequest {
  readonly password?: string;
  /** The name of a guest. */
  readonly full_name?: string;
}

interface LobbyProps {
  readonly own: OwnDevices;
  /** Why the user is back in the lobby after having been in the room. */
  readonly reason: string | undefined;
  readonly onJoin: (request: JoinRequest) => Promise<void>;
}

const Preview = ({ own }: { readonly own: OwnDevices }) => (
  <section class="card">
    <h2>{text.preview}</h2>
    <Tile
      id="preview"
      name={text.you}
      stream={own.stream}
      voice={own.stream}
      isSelf
      isMirrored
      isMuted={!own.audio}
      hasVideo={own.video}
      isHandRaised={false}
    />
    <div class="actions controls">
      <MediaButtons own={own} />
    </div>
    <DeviceSettings own={own} />
    {own.isOpening && <p class="muted">{text.allowDevices}</p>}
    {!own.isOpening && own.stream.getTracks().length === 0 && (
      <p class="notice notice-warn">{text.noDevices}</p>
    )}
  </section>
);

/** The page before the meeting: sign-in or a guest's name, and a preview of camera and microphone. */
export const Lobby = ({ own, reason, onJoin }: LobbyProps) => {
  const [isSignedIn, setSignedIn] = useState(tokenOf() !== null);
  const [isGuest, setGuest] = useState(false);
  const { busy, problem, act, setProblem } = useAction();
  const join = (event: Event): void => {
    const { fields } = fieldsOf(event);
    const password = String(fields.get("meeting_password") ?? "");
    void act(async () => {
      try {
        await onJoin({
          ...(password && { password }),
          ...(isGuest && { full_name: String(fields.get("full_name")) }),
        });
      } finally {
        // The session may have ended in the meantime.
        setSignedIn(tokenOf() !== null);
      }
    });
  };
  const other = (): void => {
    setGuest(!isGuest);
    setProblem(undefined);
  };
  return (
    <div class="columns">
      <Preview own={own} />
      <div class="stack">
        <Problem message={problem ?? reason} />
        {isSignedIn || isGuest ? (
          <form class="card" onSubmit={join}>
            <h1>{text.join}</h1>
            {isGuest && (
              <Field label={text.yourName}>
                <input name="full_name" maxlength={MAX_FULL_NAME} autocomplete="name" required />
              </Field>
            )}
            <Field label={text.meetingPassword}>
              <input name="meeting_password" maxlength={MAX_MEETING_PASSWORD} autocomplete="off" />
            </Field>
            <button type="submit" disabled={busy}>
              {text.join}
            </button>
          </form>
        ) : (
          <SignIn onSignedIn={() => setSignedIn(true)} />
        )}
        {!isSignedIn && (
          <button type="button" class="button-quiet" onClick={other}>
            {isGuest ? text.asAccount : text.asGuest}
          </button>
        )}
      </div>
    </div>
  );
};
