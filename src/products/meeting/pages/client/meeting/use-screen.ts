import { useEffect, useState } from "hono/jsx/dom";
import { useIsMounted } from "../../../../../ui/client/shared/action.tsx";

/** Browsers on phones have no screen sharing. */
export const CAN_SHARE = typeof navigator.mediaDevices?.getDisplayMedia === "function";

/** Shares the screen until it is stopped here or by the browser's own button, or the component unmounts. */
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
    // Cancelling the browser's dialog rejects; nothing is shared then.
    const shown = await navigator.mediaDevices.getDisplayMedia({ video: true }).catch(() => undefined);
    shown?.getVideoTracks()[0]?.addEventListener("ended", () => setScreen(undefined));
    if (shown && isMounted()) setScreen(shown);
    // The user left the room while the dialog was open.
    else for (const track of shown?.getTracks() ?? []) track.stop();
  };
  return { screen, share, stop: () => setScreen(undefined) };
};
