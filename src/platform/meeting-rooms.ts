import type { MeetingRoom } from "../../durable/meeting-room.ts";
import type { Meter } from "./meter.ts";

interface MeetingRoomsDeps {
  readonly namespace: DurableObjectNamespace<MeetingRoom>;
  readonly meter: Meter;
}

/** The rooms of meetings, one Durable Object each. */
export class MeetingRooms {
  constructor(private readonly deps: MeetingRoomsDeps) {}

  /** Returns the stub of a meeting's room; its `fetch` opens the signaling socket. */
  of(meetingId: number) {
    const { namespace, meter } = this.deps;
    meter.durable++;
    return namespace.get(namespace.idFromName(`meeting:${meetingId}`));
  }
}
