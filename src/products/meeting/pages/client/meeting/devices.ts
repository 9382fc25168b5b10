export type DeviceKind = "audio" | "video";

/** As `enumerateDevices` calls them. */
const INPUT = { audio: "audioinput", video: "videoinput" } as const;

const constraintsOf = (kind: DeviceKind, deviceId: string | undefined): MediaTrackConstraints => ({
  ...(kind === "video" && { width: 640, height: 360 }),
  ...(deviceId && { deviceId: { exact: deviceId } }),
});

const take = async (constraints: MediaStreamConstraints): Promise<MediaStreamTrack[]> => {
  try {
    return (await navigator.mediaDevices.getUserMedia(constraints)).getTracks();
  } catch {
    // There is none, or it may not be used.
    return [];
  }
};

/** A camera or a microphone: the one that is named, or whichever the browser prefers. Undefined where there is none. */
export const openTrack = async (kind: DeviceKind, deviceId?: string): Promise<MediaStreamTrack | undefined> =>
  (await take({ [kind]: constraintsOf(kind, deviceId) }))[0] ??
  (deviceId ? (await take({ [kind]: constraintsOf(kind, undefined) }))[0] : undefined);

/** Camera and microphone, as far as there are any and they may be used: asked for at once, where both may be had. */
export const openBoth = async (): Promise<MediaStreamTrack[]> => {
  const both = await take({ audio: true, video: constraintsOf("video", undefined) });
  if (both.length > 0) return both;
  return [await openTrack("audio"), await openTrack("video")].filter((track) => track !== undefined);
};

/** What there is to choose from: names are told once one of them was allowed. */
export const listDevices = async (kind: DeviceKind): Promise<MediaDeviceInfo[]> =>
  (await navigator.mediaDevices.enumerateDevices()).filter(
    (device) => device.kind === INPUT[kind] && device.deviceId !== "",
  );

/** What is sent: one's voice, and the screen in place of the camera while it is shared. */
export const outgoing = (own: MediaStream, screen: MediaStream | undefined): MediaStream => {
  const video = screen?.getVideoTracks()[0] ?? own.getVideoTracks()[0];
  return new MediaStream([...own.getAudioTracks(), ...(video ? [video] : [])]);
};
