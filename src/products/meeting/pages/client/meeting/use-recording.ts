import { useEffect, useRef, useState } from "hono/jsx/dom";
import { messageOf } from "../../../../../ui/client/shared/api-error.ts";
import { save } from "./api.ts";
import { text } from "./language.ts";
import { Recorder, type RecorderSources } from "./recorder.ts";
import { uploadRecording } from "./upload.ts";

/** The recording of a meeting. It outlives the room, so the recording is saved however the user leaves the room. */
export interface Recording {
  readonly isRunning: boolean;
  readonly isSaving: boolean;
  /** The progress of the upload, and then the confirmation. */
  readonly note: string | undefined;
  readonly problem: string | undefined;
  /** The number of saved recordings. */
  readonly saved: number;
  readonly start: (sources: RecorderSources) => void;
  /** Stops the recording and uploads it; if that fails, saves it on this device. Does nothing when idle. */
  readonly finish: () => Promise<void>;
}

export const useRecording = (meetingId: number): Recording => {
  const running = useRef<Recorder | null>(null);
  const [isRunning, setRunning] = useState(false);
  const [isSaving, setSaving] = useState(false);
  const [note, setNote] = useState<string | undefined>(undefined);
  const [problem, setProblem] = useState<string | undefined>(undefined);
  const [saved, setSaved] = useState(0);

  const start = (sources: RecorderSources): void => {
    if (running.current) return;
    running.current = new Recorder(sources);
    setRunning(true);
    setNote(undefined);
    setProblem(undefined);
  };
  const finish = async (): Promise<void> => {
    const recorder = running.current;
    if (!recorder) return;
    running.current = null;
    setRunning(false);
    setSaving(true);
    const film = await recorder.stop();
    try {
      await uploadRecording(meetingId, film, (done) =>
        setNote(`${text.uploading} ${Math.floor(done * 100)} %`),
      );
      setSaved((known: number) => known + 1);
      setNote(text.recorded);
    } catch (error) {
      save(film, film.name);
      setProblem(messageOf(error));
      setNote(text.savedHere);
    } finally {
      setSaving(false);
    }
  };
  useEffect(() => {
    if (!isRunning && !isSaving) return undefined;
    const warn = (event: Event): void => event.preventDefault();
    addEventListener("beforeunload", warn);
    return () => removeEventListener("beforeunload", warn);
  }, [isRunning, isSaving]);
  return { isRunning, isSaving, note, problem, saved, start, finish };
};
