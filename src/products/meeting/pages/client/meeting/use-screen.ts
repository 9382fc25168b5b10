import { useEffect, useState } from "hono/jsx/dom";

/** Phones cannot show their screen. */
export const CAN_SHARE = typeof navigator.mediaDevices?.getDisplayMedia === "function";

/** One's screen, while it is shared: until it is stopped here or by the browser's own button, or the page is left. */
export const useScreen = () => {
  const [screen, setScreen] = useState<MediaStream | undefined>(undefined);
  useEffect(
    () => () => {
      for (const track of screen?.getTracks() ?? []) track.stop();
    },
    [screen],
  );
  const share = async (): Promise<void> => {
    // Who thinks better of it has shared nothing.
    const shown = await navigator.mediaDevices.getDisplayMedia({ video: true }).catch(() => undefined);
    shown?.getVideoTracks()[0]?.addEventListener("ended", () => setScreen(undefined));
    if (shown) setScreen(shown);
  };
  return { screen, share, stop: () => setScreen(undefined) };
};
