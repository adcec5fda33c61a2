/** Sends a file and tells how far it is: `fetch` can not. */
import { ApiError } from "../../api/client";
import { api } from "../session";

/** Whether a file may be hold music, by its name: only WAV and MP3 are. */
export const isMusic = (file: File): boolean => /\.(wav|mp3)$/i.test(file.name);

/** @param told how much is sent, 0 to 1 */
export function upload<T>(path: string, file: File, told: (share: number) => void): Promise<T> {
  return new Promise((done, failed) => {
    const request = new XMLHttpRequest();
    request.open("PUT", api.server + path);
    if (api.credentials.kind === "cookie" && api.credentials.csrf) request.setRequestHeader("X-CSRF-Token", api.credentials.csrf);
    request.setRequestHeader("Content-Type", /mp3$/i.test(file.name) ? "audio/mpeg" : "audio/wav");
    request.upload.onprogress = (event) => told(event.lengthComputable ? event.loaded / event.total : 0);
    request.onerror = () => failed(new ApiError(0, "unreachable", "The server can not be reached."));
    request.onload = () => {
      let answer: { error_id?: string; message?: string } = {};
      try {
        answer = JSON.parse(request.responseText) as typeof answer;
      } catch {
        // A refusal of something between us and the server.
      }
      if (request.status < 300) done(answer as T);
      else failed(new ApiError(request.status, answer.error_id ?? "refused", answer.message ?? request.statusText));
    };
    request.send(file);
  });
}
