import { useState } from "hono/jsx/dom";
import type { ListedPeer } from "../../../contract/index.ts";
import { text } from "./language.ts";

const COPIED_MS = 2_000;

interface PeopleProps {
  readonly peers: readonly ListedPeer[];
  readonly isHost: boolean;
  readonly busy: boolean;
  readonly onKick: (userId: number) => void;
}

/** The other participants. */
export const People = ({ peers, isHost, busy, onKick }: PeopleProps) => (
  <>
    <h2>{text.people}</h2>
    {peers.length === 0 && <p class="muted">{text.noOthers}</p>}
    <ul class="plain">
      {peers.map((peer) => (
        <li key={peer.peer_id} class="heading">
          <span>
            {peer.full_name}
            {peer.is_guest && <span class="muted"> ({text.guest})</span>}
            {peer.hand_raised && <span class="badge badge-beside">{text.handRaised}</span>}
          </span>
          {isHost && (
            <button type="button" class="chip" disabled={busy} onClick={() => onKick(peer.user_id)}>
              {text.kick}
            </button>
          )}
        </li>
      ))}
    </ul>
  </>
);

/** The address of the meeting, for inviting others. */
export const Invitation = ({ meetingId }: { readonly meetingId: number }) => {
  const [isCopied, setCopied] = useState(false);
  const address = `${location.origin}/meeting/${meetingId}`;
  const copy = async (): Promise<void> => {
    await navigator.clipboard.writeText(address);
    setCopied(true);
    setTimeout(() => setCopied(false), COPIED_MS);
  };
  return (
    <p class="small">
      {text.invite}: <span class="code">{address}</span>{" "}
      <button type="button" class="chip" onClick={() => void copy().catch(() => undefined)}>
        {isCopied ? text.copied : text.copy}
      </button>
    </p>
  );
};
