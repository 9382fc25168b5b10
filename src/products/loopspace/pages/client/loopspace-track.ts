/** The script of a track page: the player, the play count and the purchase. */

import { sameOriginPath } from "../../../../ui/client/shared/api.ts";
import { messageOf } from "../../../../ui/client/shared/api-error.ts";
import type { PlaysCount, TrackDetail } from "../../contract/index.ts";
import { call, currentSession } from "./loopspace/api.ts";
import { numberOf, text } from "./loopspace/language.ts";
import { type Player, startPlayer } from "./loopspace/player.ts";

/**
 * A play is counted after this many seconds of listening, or after half of a track that is shorter than twice that.
 */
const LISTENED_SECONDS = 5;

const root = document.querySelector<HTMLElement>("[data-track]");

const say = (problem: string): void => {
  const element = root?.querySelector<HTMLElement>("[data-problem]");
  if (!element) return;
  element.textContent = problem;
  element.hidden = problem === "";
};

const sayInShop = (words: string): void => {
  const element = root?.querySelector(".shop-words");
  if (element) element.textContent = words;
};

/** Returns a listener that counts one play as soon as `enough` seconds were played. */
const countOnce = (id: string, enough: number): ((seconds: number) => void) => {
  let listened = 0;
  return (seconds) => {
    const isBefore = listened < enough;
    listened += seconds;
    if (!isBefore || listened < enough) return;
    call<PlaysCount>(`/audio/${id}/plays`, "POST").then(
      ({ playsCount }) => {
        const plays = document.querySelector("[data-plays]");
        if (plays) plays.textContent = text.plays(numberOf(playsCount));
      },
      // A play that could not be counted is not worth an error message.
      () => undefined,
    );
  };
};

const offerDownload = (url: string): void => {
  const link = Object.assign(document.createElement("a"), {
    className: "button button-quiet",
    href: sameOriginPath(url),
    textContent: text.download,
    download: "",
  });
  document.querySelector(".track-head .actions")?.append(link);
};

/** Switches the page to the whole track, for its owner or a buyer. */
const open = ({ streamUrl, downloadUrl, purchased }: TrackDetail, player: Player | undefined): void => {
  root?.querySelector("[data-buy]")?.remove();
  sayInShop(purchased ? text.bought : text.yours);
  if (downloadUrl) offerDownload(downloadUrl);
  player?.playWhole(sameOriginPath(streamUrl));
};

const offer = (id: string, price: number, player: Player | undefined): void => {
  const button = Object.assign(document.createElement("button"), {
    type: "button",
    textContent: text.buy(numberOf(price)),
  });
  button.addEventListener("click", async () => {
    button.disabled = true;
    say("");
    try {
      await call(`/audio/${id}/purchase`, "POST", { price });
      open(await call<TrackDetail>(`/audio/${id}`), player);
    } catch (error) {
      say(messageOf(error));
      button.disabled = false;
    }
  });
  root?.querySelector("[data-buy]")?.replaceWith(button);
  button.dataset.buy = "";
};

/** Adapts the page, which is rendered for guests, to the signed-in account: it may own or have bought the track. */
const shop = async (id: string, player: Player | undefined): Promise<void> => {
  const session = currentSession();
  if (!session || !root?.querySelector("[data-shop]")) return;
  try {
    const audio = await call<TrackDetail>(`/audio/${id}`);
    if (audio.downloadUrl) open(audio, player);
    else offer(id, audio.price, player);
  } catch (error) {
    // Without a session (`call` forgets one that has ended) the visitor is a guest, and the page is right as it is.
    if (currentSession()) say(messageOf(error));
  }
};

if (root) {
  const { track: id = "", seconds: length, preview } = root.dataset;
  const seconds = Number(length);
  const heard = preview ? Number(preview) : seconds;
  const player = startPlayer(root, {
    seconds,
    heard,
    onListened: countOnce(id, Math.min(LISTENED_SECONDS, seconds / 2)),
    onCut: () => sayInShop(heard > 0 ? text.previewOver : text.noPreview),
    onProblem: () => say(text.notPlayable),
  });
  void shop(id, player);
}
