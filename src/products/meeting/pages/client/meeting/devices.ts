export type DeviceKind = "audio" | "video";

/** The names that `enumerateDevices` uses. */
const INPUT = { audio: "audioinput", video: "videoinput" } as const;

const constraintsOf = (kind: DeviceKind, deviceId: string | undefined): MediaTrackConstraints => ({
  ...(kind === "video" && { width: 640, height: 360 }),
  ...(deviceId && { deviceId: { exact: deviceId } }),
});

const take = async (constraints: MediaStreamConstraints): Promise<MediaStreamTrack[]> => {
  try {
    return (await navigator.mediaDevices.getUserMedia(constraints)).getTracks();
  } catch {
    // There is no such device, or the browser is not allowed to use it.
    return [];
  }
};

/** Opens the given camera or microphone, or else the one that the browser prefers. Undefined if there is none. */
export const openTrack = async (kind: DeviceKind, deviceId?: string): Promise<MediaStreamTrack | undefined> =>
  (await take({ [kind]: constraintsOf(kind, deviceId) }))[0] ??
  (deviceId ? (await take({ [kind]: constraintsOf(kind, undefined) }))[0] : undefined);

/** Opens the usable ones of camera and microphone. Requests both at once, so that the browser asks only once. */
export const openBoth = async (): Promise<MediaStreamTrack[]> => {
  const both = await take({ audio: true, video: constraintsOf("video", undefined) });
  if (both.length > 0) return both;
  return [await openTrack("audio"), await openTrack("video")].filter((track) => track !== undefined);
};

/** Lists the devices of a kind. Browsers give their names only after the user has allowed one of them. */
export const listDevices = async (kind: DeviceKind): Promise<MediaDeviceInfo[]> =>
  (await navigator.mediaDevices.enumerateDevices()).filter(
    (device) => device.kind === INPUT[kind] && device.deviceId !== "",
  );

/** Returns the stream to send: the own audio, and the screen instead of the camera while it is shared. */
export const outgoing = (own: MediaStream, screen: MediaStream | undefined): MediaStream => {
  const video = screen?.getVideoTracks()[0] ?? own.getVideoTracks()[0];
  return new MediaStream([...own.getAudioTracks(), ...(video ? [video] : [])]);
};
