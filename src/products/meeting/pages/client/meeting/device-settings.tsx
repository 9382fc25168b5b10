import { useEffect, useState } from "hono/jsx/dom";
import { Problem, useAction } from "../../../../../ui/client/shared/action.tsx";
import { Field } from "../../../../../ui/components.tsx";
import { type DeviceKind, listDevices } from "./devices.ts";
import { text } from "./language.ts";
import type { OwnDevices } from "./use-devices.ts";

const LABELS = { audio: text.microphone, video: text.camera };

const DevicePicker = ({ own, kind }: { readonly own: OwnDevices; readonly kind: DeviceKind }) => {
  const [all, setAll] = useState<readonly MediaDeviceInfo[]>([]);
  const { busy, problem, act } = useAction();
  useEffect(() => {
    const load = () => void listDevices(kind).then(setAll, () => setAll([]));
    load();
    // `mediaDevices` is undefined without https.
    navigator.mediaDevices?.addEventListener("devicechange", load);
    return () => navigator.mediaDevices?.removeEventListener("devicechange", load);
  }, [own.stream]);
  if (all.length < 2) return null;
  const chosen = own.stream
    .getTracks()
    .find((track) => track.kind === kind)
    ?.getSettings().deviceId;
  const choose = (event: Event): void =>
    void act(() => own.choose(kind, (event.target as HTMLSelectElement).value));
  return (
    <>
      <Problem message={problem} />
      <Field label={LABELS[kind]}>
        <select disabled={busy} onChange={choose}>
          {all.map(({ deviceId, label }, i) => (
            <option key={deviceId} value={deviceId} selected={deviceId === chosen}>
              {label || `${LABELS[kind]} ${i + 1}`}
            </option>
          ))}
        </select>
      </Field>
    </>
  );
};

/** Selects the microphone and the camera if there are several. */
export const DeviceSettings = ({ own }: { readonly own: OwnDevices }) => (
  <>
    <DevicePicker own={own} kind="audio" />
    <DevicePicker own={own} kind="video" />
  </>
);
