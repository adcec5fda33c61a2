/** The microphone. */
import type { MediaPort, Microphone } from "../engine/ports";
import type { AudioSettings } from "./settings";

export class BrowserMedia implements MediaPort {
  constructor(
    private readonly settings: AudioSettings,
    private readonly context: () => AudioContext,
  ) {}

  page(): { secure: boolean; webrtc: boolean; microphone: boolean } {
    const devices = (navigator as Partial<Navigator>).mediaDevices;
    return {
      secure: window.isSecureContext,
      webrtc: "RTCPeerConnection" in window && "WebSocket" in window,
      microphone: !window.isSecureContext || devices !== undefined,
    };
  }

  async open(): Promise<Microphone> {
    const { microphone } = this.settings.chosen;
    const audio: MediaTrackConstraints = this.settings.constraints();
    try {
      return opened(await navigator.mediaDevices.getUserMedia({ audio, video: false }));
    } catch (error) {
      // The chosen one may be unplugged: any other is better than none.
      const gone = error instanceof DOMException && ["OverconstrainedError", "NotFoundError"].includes(error.name);
      if (!microphone || !gone) throw error;
      delete audio.deviceId;
      return opened(await navigator.mediaDevices.getUserMedia({ audio, video: false }));
    }
  }

  silence(): Microphone {
    return opened(this.context().createMediaStreamDestination().stream);
  }

  async permission(): Promise<"granted" | "prompt" | "denied" | "unknown"> {
    try {
      return (await navigator.permissions.query({ name: "microphone" })).state;
    } catch {
      return "unknown";
    }
  }
}

function opened(stream: MediaStream): Microphone {
  return { stream, close: () => stream.getTracks().forEach((track) => track.stop()) };
}
