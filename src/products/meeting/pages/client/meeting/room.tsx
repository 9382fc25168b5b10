import { useState } from "hono/jsx/dom";
import { Problem, useAction } from "../../../../../ui/client/shared/action.tsx";
import { call, type JoinResponse } from "./api.ts";
import { Chat } from "./chat.tsx";
import { DeviceSettings } from "./device-settings.tsx";
import { Files } from "./files.tsx";
import { text } from "./language.ts";
import { MediaButtons } from "./media-buttons.tsx";
import { Invitation, People } from "./people.tsx";
import type { EndReason } from "./signaling.ts";
import { Tile } from "./tile.tsx";
import type { OwnDevices } from "./use-devices.ts";
import type { Recording } from "./use-recording.ts";
import { useRoom } from "./use-room.ts";
import { CAN_SHARE, useScreen } from "./use-screen.ts";

/** Above this number of participants, the uplink of each one limits the quality. */
const MESH_PEOPLE = 6;
const TOO_OFTEN = 429;

interface RoomProps {
  readonly joined: JoinResponse;
  readonly own: OwnDevices;
  readonly recording: Recording;
  readonly onEnd: (ending: EndReason) => void;
  readonly onExpired: () => void;
}

/** The page of the running meeting. */
export const Room = ({ joined, own, recording, onEnd, onExpired }: RoomProps) => {
  const { busy, problem, act, setProblem } = useAction();
  const { screen, share, stop } = useScreen();
  const [isHandRaised, setHand] = useState(false);
  const media = { audio: own.audio, video: own.video, screen: screen !== undefined };
  const { peers, streams, chat, filesChanged, connected, say, leave } = useRoom({
    joined,
    own: own.stream,
    screen,
    media,
    isHandRaised,
    onEnd,
    onExpired,
    onRefused: (code) => code === TOO_OFTEN && setProblem(text.errors[TOO_OFTEN]),
  });
  const record = (): void => {
    if (recording.isRunning) void recording.finish();
    else
      recording.start({
        pictures: () => [...document.querySelectorAll<HTMLVideoElement>(".person video")],
        voices: () =>
          [...document.querySelectorAll<HTMLVideoElement>('.person[data-self="false"] video')]
            .map(({ srcObject }) => srcObject)
            .filter((source) => source instanceof MediaStream)
            .concat(own.stream),
      });
  };
  const end = (): void => {
    if (!confirm(text.endSure)) return;
    void act(async () => void (await call(`/meetings/${joined.meeting_id}/end`, "POST")));
  };
  const kick = (userId: number): void => {
    if (!confirm(text.kickSure)) return;
    void act(
      async () => void (await call(`/meetings/${joined.meeting_id}/kick`, "POST", { user_id: userId })),
    );
  };
  const isCrowded = peers.length + 1 > MESH_PEOPLE;
  return (
    <div class="room">
      <div class="heading">
        <h1>{joined.title}</h1>
        <span
          role="status"
          class={connected ? "badge badge-activated" : "badge"}
          data-connected={String(connected)}
        >
          {connected ? `${text.people} ${peers.length + 1}` : text.reconnecting}
        </span>
      </div>
      <Problem message={problem} />
      {isCrowded && own.video && (
        <p class="notice notice-warn">
          {text.tooMany}{" "}
          <button type="button" class="chip" onClick={() => act(() => own.setVideo(false))}>
            {text.audioOnly}
          </button>
        </p>
      )}
      <div class="people">
        <Tile
          id={joined.peer_id}
          name={joined.full_name}
          stream={screen ?? own.stream}
          voice={own.stream}
          isSelf
          isMirrored={!media.screen}
          isHost={joined.is_host}
          isMuted={!media.audio}
          hasVideo={media.video || media.screen}
          isHandRaised={isHandRaised}
        />
        {peers.map((peer) => (
          <Tile
            key={peer.peer_id}
            id={peer.peer_id}
            name={peer.full_name}
            stream={streams[peer.peer_id]}
            voice={streams[peer.peer_id]}
            isHost={peer.is_host}
            isGuest={peer.is_guest ?? false}
            isMuted={!peer.audio}
            hasVideo={peer.video || peer.screen}
            isHandRaised={peer.hand_raised}
          />
        ))}
      </div>
      <div class="actions controls">
        <MediaButtons own={own} hasCamera={joined.meeting_type !== "audio"} />
        {CAN_SHARE && (
          <button type="button" class="button-quiet" onClick={screen ? stop : () => act(share)}>
            {screen ? text.stopSharing : text.share}
          </button>
        )}
        <button type="button" class="button-quiet" onClick={() => setHand(!isHandRaised)}>
          {isHandRaised ? text.lowerHand : text.raiseHand}
        </button>
        {joined.is_recording_enabled && joined.is_host && (
          <button type="button" class="button-quiet" disabled={recording.isSaving} onClick={record}>
            {recording.isRunning ? text.stopRecording : text.record}
          </button>
        )}
        <button
          type="button"
          class="button-bad"
          onClick={() => {
            leave();
            onEnd("left");
          }}
        >
          {text.leave}
        </button>
        {joined.is_host && (
          <button type="button" class="button-bad" disabled={busy} onClick={end}>
            {text.end}
          </button>
        )}
      </div>
      <div class="columns">
        <Chat lines={chat} onSay={say} />
        <section class="card">
          <People peers={peers} isHost={joined.is_host} busy={busy} onKick={kick} />
          <Invitation meetingId={joined.meeting_id} />
          <h2>{text.files}</h2>
          <Files meetingId={joined.meeting_id} version={filesChanged + recording.saved} />
          <DeviceSettings own={own} />
        </section>
      </div>
    </div>
  );
};
