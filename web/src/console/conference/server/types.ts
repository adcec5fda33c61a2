/** Answers of the conference server's routes: saving there applies that one change for whoever may apply. */
import type { Conference, ConferenceServer, Pending, Problem } from "../../types";

export interface Applied {
  applied: boolean;
  /** Why it was saved and could not be applied alone. */
  problems?: Problem[];
  pending: Pending;
}

export interface SavedServer extends Applied {
  server: ConferenceServer;
}

export interface RemovedRoom extends Applied {
  /** It has an extension of its own and stays; only its conference ID is gone. */
  kept: Conference | null;
}

export interface SavedRoom extends Applied {
  conference: Conference;
}
