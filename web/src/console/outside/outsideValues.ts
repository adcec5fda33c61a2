/** The settings of calls outside in a form, and what is sent of them. */
import type { Values } from "../../ui";
import { nullable, wholeOrNull } from "../fields";
import type { Settings } from "../types";
import { chosen, hoursText, LIMITS, listText, readHours, readList, withPlus } from "./values";

export interface Rule {
  prefix: string;
  /** Id of an incoming number. */
  number: string;
}

export interface OutsideValues extends Values {
  default_number: string;
  /** {@link Rule}s as JSON. */
  outgoing_rules: string;
  rules_override_users: boolean;
  concurrent_outside: string;
  calls_per_hour: string;
  calls_per_day: string;
  minutes_per_hour: string;
  minutes_per_day: string;
  new_country_asks: boolean;
  night: string;
  night_countries: string;
  emergency_callback: string;
  /** One a line. */
  emergency_notice: string;
}

export function rulesText(rules: readonly Rule[]): string {
  return rules.length === 0 ? "" : JSON.stringify(rules);
}

export function readRules(text: string): Rule[] {
  return text === "" ? [] : (JSON.parse(text) as Rule[]);
}

export function outsideValues(settings: Settings): OutsideValues {
  const text = (value: number | null) => value?.toString() ?? "";
  return {
    default_number: settings.default_number ?? "",
    outgoing_rules: rulesText(settings.outgoing_rules),
    rules_override_users: settings.rules_override_users,
    concurrent_outside: String(settings.concurrent_outside),
    calls_per_hour: text(settings.calls_per_hour),
    calls_per_day: text(settings.calls_per_day),
    minutes_per_hour: text(settings.minutes_per_hour),
    minutes_per_day: text(settings.minutes_per_day),
    new_country_asks: settings.new_country_asks,
    night: hoursText(settings.night ? [settings.night] : []),
    night_countries: listText(settings.night_countries),
    emergency_callback: settings.emergency_callback ?? "",
    emergency_notice: settings.emergency_notice.join("\n"),
  };
}

export function outsideBody(values: OutsideValues, names: readonly string[]): Record<string, unknown> {
  return chosen(
    {
      default_number: nullable(values.default_number),
      outgoing_rules: readRules(values.outgoing_rules).map(({ prefix, number }) => ({ prefix: withPlus(prefix), number })),
      rules_override_users: values.rules_override_users,
      concurrent_outside: wholeOrNull(values.concurrent_outside),
      ...Object.fromEntries(LIMITS.map((name) => [name, wholeOrNull(values[name])])),
      new_country_asks: values.new_country_asks,
      night: readHours(values.night)[0] ?? null,
      night_countries: readList(values.night_countries),
      emergency_callback: nullable(values.emergency_callback),
      emergency_notice: values.emergency_notice.split(/[\s,;]+/).filter(Boolean),
    },
    names,
  );
}
