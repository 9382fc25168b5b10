import { useState } from "hono/jsx/dom";
import type { Joined } from "./api.ts";
import { stopStream } from "./devices.ts";
import { Home } from "./home.tsx";
import { text } from "./language.ts";
import { Lobby } from "./lobby.tsx";
import { Room } from "./room.tsx";
import type { Ending } from "./signaling.ts";

const SAID: Readonly<Record<Ending, string>> = {
  ended: text.ended,
  left: text.youLeft,
  kicked: text.kicked,
  elsewhere: text.elsewhere,
};

/** The whole page: the lobby, the room, and what comes after. */
export const App = ({ meetingId }: { readonly meetingId: number | undefined }) => {
  const [devices, setDevices] = useState<MediaStream | undefined>(undefined);
  const [joined, setJoined] = useState<Joined | undefined>(undefined);
  const [ending, setEnding] = useState<Ending | undefined>(undefined);
  if (meetingId === undefined) return <Home />;
  if (ending)
    return (
      <section class="card" data-ending={ending}>
        <h1>{SAID[ending]}</h1>
        {ending !== "kicked" && ending !== "ended" && (
          <button type="button" onClick={() => setEnding(undefined)}>
            {text.again}
          </button>
        )}
        <a href="/meeting">{text.brand}</a>
      </section>
    );
  if (!joined || !devices)
    return <Lobby meetingId={meetingId} devices={devices} onDevices={setDevices} onJoined={setJoined} />;
  return (
    <Room
      key={joined.peer_id}
      joined={joined}
      devices={devices}
      onEnd={(how) => {
        stopStream(devices);
        setDevices(undefined);
        setJoined(undefined);
        setEnding(how);
      }}
      onExpired={() => setJoined(undefined)}
    />
  );
};
