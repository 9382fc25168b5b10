import { Problem, useAction } from "../../../../../ui/client/shared/action.tsx";
import { text } from "./language.ts";
import type { OwnDevices } from "./use-devices.ts";

interface MediaButtonsProps {
  readonly own: OwnDevices;
  readonly hasCamera?: boolean;
}

/** Switches the microphone and the camera on and off, and shows why a device could not be switched on. */
export const MediaButtons = ({ own, hasCamera = true }: MediaButtonsProps) => {
  const { busy, problem, act } = useAction();
  return (
    <>
      <button
        type="button"
        class="button-quiet"
        disabled={busy || own.isOpening}
        onClick={() => act(() => own.setAudio(!own.audio))}
      >
        {own.audio ? text.mute : text.unmute}
      </button>
      {hasCamera && (
        <button
          type="button"
          class="button-quiet"
          disabled={busy || own.isOpening}
          onClick={() => act(() => own.setVideo(!own.video))}
        >
          {own.video ? text.cameraOff : text.cameraOn}
        </button>
      )}
      <Problem message={problem} />
    </>
  );
};
