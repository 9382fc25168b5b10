const WIDTH = 1280;
const HEIGHT = 720;
const FRAME_MS = 66;
const TYPES = ["video/webm;codecs=vp9,opus", "video/webm;codecs=vp8,opus", "video/webm", "video/mp4"];

/** The current sources of a recording. They are read for each frame. */
export interface RecorderSources {
  readonly pictures: () => HTMLVideoElement[];
  readonly voices: () => MediaStream[];
}

/** Records the meeting as the page shows it: all videos side by side, and all audio mixed. */
export class Recorder {
  private readonly canvas = Object.assign(document.createElement("canvas"), { width: WIDTH, height: HEIGHT });
  private readonly audio = new AudioContext();
  private readonly mix = this.audio.createMediaStreamDestination();
  private readonly heard = new Set<string>();
  private readonly parts: Blob[] = [];
  private readonly recorder: MediaRecorder;
  private readonly timer: ReturnType<typeof setInterval>;

  constructor(private readonly sources: RecorderSources) {
    const picture = this.canvas.captureStream(1_000 / FRAME_MS);
    const stream = new MediaStream([...picture.getVideoTracks(), ...this.mix.stream.getAudioTracks()]);
    const mimeType = TYPES.find((type) => MediaRecorder.isTypeSupported(type));
    this.recorder = new MediaRecorder(stream, mimeType ? { mimeType } : {});
    this.recorder.addEventListener("dataavailable", ({ data }) => this.parts.push(data));
    this.recorder.start(1_000);
    this.timer = setInterval(() => this.draw(), FRAME_MS);
  }

  /** Stops the recording and returns it as a file. */
  async stop(): Promise<File> {
    clearInterval(this.timer);
    const stopped = new Promise((resolve) => this.recorder.addEventListener("stop", resolve, { once: true }));
    this.recorder.stop();
    await stopped;
    await this.audio.close();
    const type = this.recorder.mimeType.split(";")[0] ?? "video/webm";
    const name = `${new Date().toISOString().slice(0, 16).replace(/[T:]/g, "-")}.${type === "video/mp4" ? "mp4" : "webm"}`;
    return new File(this.parts, name, { type });
  }

  private draw(): void {
    const videos = this.sources.pictures();
    this.listen();
    const context = this.canvas.getContext("2d");
    if (!context) return;
    context.fillStyle = "#111";
    context.fillRect(0, 0, WIDTH, HEIGHT);
    const columns = Math.ceil(Math.sqrt(videos.length)) || 1;
    const rows = Math.ceil(videos.length / columns) || 1;
    for (const [i, video] of videos.entries()) {
      if (video.videoWidth === 0) continue;
      const [cellWidth, cellHeight] = [WIDTH / columns, HEIGHT / rows];
      const scale = Math.min(cellWidth / video.videoWidth, cellHeight / video.videoHeight);
      const [width, height] = [video.videoWidth * scale, video.videoHeight * scale];
      const x = (i % columns) * cellWidth + (cellWidth - width) / 2;
      const y = Math.floor(i / columns) * cellHeight + (cellHeight - height) / 2;
      context.drawImage(video, x, y, width, height);
    }
  }

  /** Adds the audio tracks that appeared since the last frame to the mix. */
  private listen(): void {
    for (const voice of this.sources.voices()) {
      const [track] = voice.getAudioTracks();
      if (!track || this.heard.has(track.id)) continue;
      this.heard.add(track.id);
      this.audio.createMediaStreamSource(new MediaStream([track])).connect(this.mix);
    }
  }
}
