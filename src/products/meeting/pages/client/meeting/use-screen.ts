import { useEffect, useState } from "hono/jsx/dom";
import { useIsMounted } from "../../../../../ui/client/shared/action.tsx";

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
  const isMounted = useIsMounted();
  const share = async (): Promise<void> => {
    // Who thinks better of it has shared nothing.
    const shown = await navigator.mediaDevices.getDisplayMedia({ video: true }).catch(() => undefined);
    shown?.getVideoTracks()[0]?.addEventListener("ended", () => setScreen(undefined));
    if (shown && isMounted()) setScreen(shown);
    // Whoever is out of the room by now shows nothing.
    else for (const track of shown?.getTracks() ?? []) track.stop();
  };
  return { screen, share, stop: () => setScreen(undefined) };
};
