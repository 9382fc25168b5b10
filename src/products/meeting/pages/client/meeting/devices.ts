/** Camera and microphone, as far as there are any and they may be used. */
export const openDevices = async (): Promise<MediaStream> => {
  for (const wanted of [
    { audio: true, video: { width: 640, height: 360 } },
    { audio: true },
    { video: true },
  ]) {
    try {
      return await navigator.mediaDevices.getUserMedia(wanted);
    } catch {
      // The next one wants less.
    }
  }
  return new MediaStream();
};

export const stopStream = (stream: MediaStream | undefined): void => {
  for (const track of stream?.getTracks() ?? []) track.stop();
};

/** What is sent: one's voice, and the screen in place of the camera while it is shared. */
export const outgoing = (
  devices: MediaStream,
  screen: MediaStream | undefined,
  withVideo: boolean,
): MediaStream => {
  const video = screen?.getVideoTracks()[0] ?? (withVideo ? devices.getVideoTracks()[0] : undefined);
  return new MediaStream([...devices.getAudioTracks(), ...(video ? [video] : [])]);
};
