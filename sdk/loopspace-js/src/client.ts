import { configOf, type LoopspaceClientOptions } from "./options.js";
import { AudioTracks } from "./resources/audio.js";
import { Users } from "./resources/users.js";
import { Webhooks } from "./resources/webhooks.js";
import { Transport } from "./transport.js";

/**
 * A client of the Loopspace API that calls with an API key, with an OAuth access token, or as a guest. The
 * constructor throws `LoopspaceError` (`INVALID_ARGUMENT`, `WRONG_ENVIRONMENT`) for invalid options.
 */
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
