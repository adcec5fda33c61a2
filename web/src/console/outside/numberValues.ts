/** An incoming number in a form, and what is sent of it. */
import type { Values } from "../../ui";
import { nullable } from "../fields";
import type { IncomingNumber } from "./types";
import { chosen, destinationText, hoursText, readDestination, readHours } from "./values";

export interface NumberValues extends Values {
  destination: string;
  /** JSON, or "": always. */
  schedule: string;
  otherwise: string;
  e164: string;
  label: string;
  language: string;
  trunk: string;
}

export const HANG_UP = "hang-up:";

export function numberValues(number: IncomingNumber | null): NumberValues {
  return {
    destination: destinationText(number?.destination ?? { kind: "not-configured", target: "" }),
    schedule: hoursText(number?.schedule ?? []),
    otherwise: destinationText(number?.otherwise ?? null) || HANG_UP,
    e164: number?.e164 ?? "",
    label: number?.label ?? "",
    language: number?.language ?? "",
    trunk: number?.trunk ?? "",
  };
}

export function numberBody(values: NumberValues, names: readonly string[]): Record<string, unknown> {
  const otherwise = readDestination(values.otherwise);
  return chosen(
    {
      destination: readDestination(values.destination),
      schedule: readHours(values.schedule),
      // Hung up is what happens without.
      otherwise: otherwise?.kind === "hang-up" ? null : otherwise,
      e164: values.e164.trim(),
      label: values.label.trim(),
      language: nullable(values.language),
      trunk: nullable(values.trunk),
    },
    names,
  );
}
