import { useRef, useState } from "hono/jsx/dom";
import { Problem } from "../../../../../ui/client/shared/action.tsx";
import { messageOf } from "../../../../../ui/client/shared/api-error.ts";
import { call, type JoinResponse } from "./api.ts";
import { Home } from "./home.tsx";
import { text } from "./language.ts";
import { type JoinRequest, Lobby } from "./lobby.tsx";
import { Room } from "./room.tsx";
import type { EndReason } from "./signaling.ts";
import { useDevices } from "./use-devices.ts";
import { type Recording, useRecording } from "./use-recording.ts";

const SAID: Readonly<Record<EndReason, string>> = {
  ended: text.ended,
  left: text.youLeft,
  kicked: text.kicked,
  elsewhere: text.elsewhere,
};
const FINAL: readonly EndReason[] = ["kicked", "ended"];

const RecordingNotes = ({ recording: { note, problem } }: { readonly recording: Recording }) => (
  <>
    <Problem message={problem} />
    {note && (
      <p class={problem ? "notice notice-warn" : "notice notice-good"} role="status">
        {note}
      </p>
    )}
  </>
);

interface GoodbyeProps {
  readonly ending: EndReason;
  readonly onAgain: () => void;
}

const Goodbye = ({ ending, onAgain }: GoodbyeProps) => (
  <section class="card" data-ending={ending}>
    <h1>{SAID[ending]}</h1>
    <div class="actions">
      {!FINAL.includes(ending) && (
        <button type="button" onClick={onAgain}>
          {text.again}
        </button>
      )}
      <a class="button button-quiet" href="/meeting">
        {text.toHome}
      </a>
    </div>
  </section>
);

/** A meeting: the lobby, the room, and the page after the meeting. */
const Meeting = ({ meetingId }: { readonly meetingId: number }) => {
  const [joined, setJoined] = useState<JoinResponse | undefined>(undefined);
  const [ending, setEnding] = useState<EndReason | undefined>(undefined);
  const [reason, setReason] = useState<string | undefined>(undefined);
  const own = useDevices(ending === undefined);
  const recording = useRecording(meetingId);
  const request = useRef<JoinRequest>({});

  const join = async (asked: JoinRequest): Promise<void> => {
    const seat = await call<JoinResponse>(`/meetings/${meetingId}/join`, "POST", asked);
    request.current = asked;
    // The camera stays off in an audio meeting.
    if (seat.meeting_type === "audio") await own.setVideo(false);
    setReason(undefined);
    setJoined(seat);
  };
  /** Joins again, with the earlier answers, after the room removed the participant during a lost connection. */
  const rejoin = (): void => {
    join(request.current ?? {}).catch((error: unknown) => {
      setReason(messageOf(error));
      setJoined(undefined);
    });
  };
  const end = (how: EndReason): void => {
    void recording.finish();
    setJoined(undefined);
    setEnding(how);
  };
  return (
    <div class="stack">
      <RecordingNotes recording={recording} />
      {ending ? (
        <Goodbye ending={ending} onAgain={() => setEnding(undefined)} />
      ) : joined ? (
        <Room
          key={joined.peer_id}
          joined={joined}
          own={own}
          recording={recording}
          onEnd={end}
          onExpired={rejoin}
        />
      ) : (
        <Lobby own={own} reason={reason} onJoin={join} />
      )}
    </div>
  );
};

/** The start page without a meeting id, or else the meeting. */
export const App = ({ meetingId }: { readonly meetingId: number | undefined }) =>
  meetingId === undefined ? <Home /> : <Meeting meetingId={meetingId} />;
