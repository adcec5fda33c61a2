/** Recording a greeting in the browser. */
import { useEffect, useRef, useState } from "react";
import { microphoneFailure } from "../../engine/failures";
import type { Failure } from "../../engine/model";
import { asWav, MOST_SECONDS } from "./wav";

interface Microphone {
  stream: MediaStream;
  close: () => void;
}

interface Recorder {
  recording: boolean;
  /** What was said is being made a file. */
  busy: boolean;
  failure: Failure | null;
  unreadable: boolean;
  start: () => void;
  stop: () => void;
}

/** Records from a microphone until told to stop, two minutes at most. */
export function useRecorder(open: () => Promise<Microphone>, onSound: (sound: Blob) => void): Recorder {
  const running = useRef<{ stop: () => void; drop: () => void } | null>(null);
  const [state, setState] = useState<"idle" | "recording" | "busy">("idle");
  const [failure, setFailure] = useState<Failure | null>(null);
  const [unreadable, setUnreadable] = useState(false);
  useEffect(() => () => running.current?.drop(), []);
  const start = async (): Promise<void> => {
    setFailure(null);
    setUnreadable(false);
    try {
      const microphone = await open();
      const recorder = new MediaRecorder(microphone.stream);
      const parts: Blob[] = [];
      let dropped = false;
      const timer = window.setTimeout(() => recorder.stop(), MOST_SECONDS * 1000);
      recorder.ondataavailable = (event) => void parts.push(event.data);
      recorder.onstop = () => {
        window.clearTimeout(timer);
        microphone.close();
        running.current = null;
        if (dropped) return;
        setState("busy");
        asWav(new Blob(parts, { type: recorder.mimeType }))
          .then(onSound, () => setUnreadable(true))
          .finally(() => setState("idle"));
      };
      running.current = {
        stop: () => recorder.stop(),
        drop: () => {
          dropped = true;
          recorder.stop();
        },
      };
      recorder.start();
      setState("recording");
    } catch (error) {
      setFailure(microphoneFailure(error, null));
    }
  };
  return {
    recording: state === "recording",
    busy: state === "busy",
    failure,
    unreadable,
    start: () => void start(),
    stop: () => running.current?.stop(),
  };
}
