import { configOf, type LoopspaceClientOptions } from "./options.js";
import { AudioTracks } from "./resources/audio.js";
import { Users } from "./resources/users.js";
import { Webhooks } from "./resources/webhooks.js";
import { Transport } from "./transport.js";

/** Loopspace, as the owner of a key, an application's user or a guest. Throws LoopspaceError for options that cannot work. */
export class LoopspaceClient {
  readonly audio: AudioTracks;
  readonly users: Users;
  readonly webhooks: Webhooks;

  constructor(options: LoopspaceClientOptions = {}) {
    const transport = new Transport(configOf(options));
    this.audio = new AudioTracks(transport);
    this.users = new Users(transport);
    this.webhooks = new Webhooks(transport);
  }
}
