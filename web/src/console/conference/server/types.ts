/** Answers of the conference server's routes: saving there applies that one change for whoever may apply. */
import type { Conference, ConferenceServer, Pending } from "../../types";

export interface Applied {
  applied: boolean;
  pending: Pending;
}

export interface SavedServer extends Applied {
  server: ConferenceServer;
}

export interface SavedRoom extends Applied {
  conference: Conference;
}
