/** Calls that are led to somebody else: at once, or after he was asked (S2-14, S2-17, C3-05). The server joins the legs. */
import { ApiError } from "../../api/client";
import * as book from "./calls";
import { failure, transferFailure } from "./failures";
import type { Call, Command, Ending, Failure, Target, Transfer } from "./model";
import type { Ports } from "./ports";
import { BACK_MS } from "./times";

export type TransferCommand = Extract<Command, { do: "transfer" | "ask-first" | "complete-transfer" | "cancel-transfer" }>;

/** The engine, as far as transfers need it. */
export interface Phone {
  calls(): readonly Call[];
  change(id: string, transfer: Transfer | null): void;
  dial(target: Target, transfer: Transfer): Promise<boolean>;
  resume(id: string): void;
  end(id: string): void;
  fail(failure: Failure): void;
}

interface Gone {
  number: string;
  to: string;
  at: number;
}

export class Transfers {
  /** Calls that were led away a moment ago: each may come back. */
  #gone: Gone[] = [];

  constructor(
    private readonly ports: Pick<Ports, "clock" | "moving">,
    private readonly phone: Phone,
  ) {}

  async execute(command: TransferCommand): Promise<boolean> {
    switch (command.do) {
      case "transfer":
        return this.#transfer(command.call, command.target);
      case "ask-first":
        return this.#answered(command.call) !== null && this.phone.dial(command.target, { state: "asking" });
      case "complete-transfer":
        return this.#complete();
      case "cancel-transfer": {
        const asking = book.asking(this.phone.calls());
        if (asking) this.phone.end(asking.id);
        return asking !== null;
      }
    }
  }

  /** What a call that rings here is, if it is one that was led away and finds its way back; null: another one. */
  returned(number: string): Transfer | null {
    const now = this.ports.clock.now();
    const found = this.#gone.find((gone) => gone.number === number && now - gone.at < BACK_MS);
    this.#gone = this.#gone.filter((gone) => gone !== found && now - gone.at < BACK_MS);
    return found && number !== "" ? { state: "back", to: found.to, why: null } : null;
  }

  /** A call is over: who was asked is gone, or who waited for the answer. */
  over(call: Call, ending: Ending): void {
    if (call.transfer?.state === "joining" || call.transfer?.state === "joined") return;
    const other = this.phone.calls().find((one) => one.id !== call.id && book.established(one));
    if (!other) return;
    if (call.transfer?.state === "asking") {
      const why = call.answeredAt === null ? (ending.failure?.id ?? null) : "transfer-not-taken";
      this.phone.change(other.id, ending.by === "us" ? null : { state: "back", to: call.name ?? call.shown, why });
      if (other.conference === null) this.phone.resume(other.id);
    } else if (other.transfer?.state === "asking") {
      this.phone.change(other.id, null);
      this.phone.fail(failure("transfer-left", null, { number: call.name ?? call.shown }));
    }
  }

  async #transfer(id: string, target: Target): Promise<boolean> {
    const call = this.#answered(id);
    if (!call) return false;
    const to = target.name ?? target.shown;
    this.phone.change(id, { state: "sending", to });
    try {
      await this.ports.moving.transfer(call.dialog, target.dial);
    } catch (error) {
      return this.#refused(error, to, [id]);
    }
    this.phone.change(id, { state: "gone", to });
    this.#gone.push({ number: call.number, to, at: this.ports.clock.now() });
    return true;
  }

  /** The one who waits and the one who was asked speak to each other. */
  async #complete(): Promise<boolean> {
    const calls = this.phone.calls();
    const front = book.asking(calls) ?? book.foreground(calls);
    const asked = front && book.joinable(front) ? front : null;
    const other = calls.find((one) => one.id !== front?.id && book.established(one));
    const waiting = other && this.#answered(other.id);
    if (!asked || !waiting) return false;
    const before = asked.transfer;
    const to = asked.name ?? asked.shown;
    this.phone.change(asked.id, { state: "joining" });
    this.phone.change(waiting.id, { state: "sending", to });
    try {
      await this.ports.moving.complete(waiting.dialog, asked.dialog ?? "");
    } catch (error) {
      return this.#refused(error, to, [waiting.id, asked.id], before);
    }
    this.phone.change(asked.id, { state: "joined" });
    this.phone.change(waiting.id, { state: "gone", to });
    return true;
  }

  /** It stays as it was. The far side may have hung up meanwhile: then there is nothing to be said. */
  #refused(error: unknown, to: string, ids: readonly string[], before: Transfer | null = null): false {
    const over = ids.some((id) => !this.phone.calls().some((call) => call.id === id && book.live(call)));
    const [first] = ids;
    for (const id of ids) this.phone.change(id, id === first ? null : before);
    if (over) return false;
    const known = error instanceof ApiError ? error.errorId : "";
    this.phone.fail(transferFailure(known, to, error instanceof Error ? error.message : null));
    return false;
  }

  /** S2-14: only a call that somebody answered, and that is no conference, is led elsewhere. */
  #answered(id: string): (Call & { dialog: string }) | null {
    const call = book.find(this.phone.calls(), id);
    if (!call || !book.movable(call)) return null;
    return { ...call, dialog: call.dialog ?? "" };
  }
}
