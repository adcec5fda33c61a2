/** One conference for React: all views of a page share one socket a conference. */
import { useEffect, useMemo, useSyncExternalStore } from "react";
import type { ApiClient } from "./client";
import { NO_ROOM, RoomOrders, type RoomState, type RoomWatch, watchRoom } from "./room";

/** One socket for all who look: it is open while anybody does. */
class Shared {
  #users = 0;

  constructor(readonly watch: RoomWatch) {}

  readonly use = (): (() => void) => {
    this.#users += 1;
    if (this.#users === 1) this.watch.start();
    return () => {
      this.#users -= 1;
      if (this.#users === 0) this.watch.stop();
    };
  };
}

const watched = new WeakMap<ApiClient, Map<string, Shared>>();

function shared(api: ApiClient, conference: string): Shared {
  const rooms = watched.get(api) ?? new Map<string, Shared>();
  watched.set(api, rooms);
  const found = rooms.get(conference) ?? new Shared(watchRoom(api, conference));
  rooms.set(conference, found);
  return found;
}

export interface RoomHere {
  state: RoomState;
  watch: RoomWatch | null;
  orders: RoomOrders | null;
}

const never = (): (() => void) => () => undefined;

/** Follow a conference while the view is there; null: none. */
export function useRoom(api: ApiClient, conference: string | null): RoomHere {
  const found = useMemo(() => (conference === null ? null : shared(api, conference)), [api, conference]);
  const orders = useMemo(() => (conference === null ? null : new RoomOrders(api, conference)), [api, conference]);
  useEffect(() => found?.use(), [found]);
  const get = (): RoomState => found?.watch.state ?? NO_ROOM;
  const state = useSyncExternalStore(found?.watch.subscribe ?? never, get, get);
  return { state, watch: found?.watch ?? null, orders };
}
