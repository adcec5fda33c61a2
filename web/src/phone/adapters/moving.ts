/** The server's routes that move calls. */
import type { ApiClient } from "../../api/client";
import type { MovingPort } from "../engine/ports";

export class ServerMoving implements MovingPort {
  constructor(private readonly api: ApiClient) {}

  transfer(dialog: string, to: string): Promise<void> {
    return this.api.request(`/api/phone/calls/${encodeURIComponent(dialog)}/transfer`, { method: "POST", body: { to } });
  }

  complete(dialog: string, other: string): Promise<void> {
    return this.api.request(`/api/phone/calls/${encodeURIComponent(dialog)}/transfer/complete`, { method: "POST", body: { with: other } });
  }
}
