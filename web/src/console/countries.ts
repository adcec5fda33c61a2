/** Countries and time zones to choose from, in the reader's language. */
import { nameOf } from "../ui";

/** ISO 3166 codes of the countries with a telephone numbering plan. */
const CODES =
  "AD AE AF AG AI AL AM AO AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS BT BW BY BZ CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH ER ES ET FI FJ FK FM FO FR GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GT GU GW GY HK HN HR HT HU ID IE IL IM IN IO IQ IR IS IT JE JM JO JP KE KG KH KI KM KN KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO MP MQ MR MS MT MU MV MW MX MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PR PS PT PW PY QA RE RO RS RU RW SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TG TH TJ TK TL TM TN TO TR TT TV TW TZ UA UG US UY UZ VA VC VE VG VI VN VU WF WS XK YE YT ZA ZM ZW".split(
    " ",
  );

export function countryOptions(language: string): { value: string; label: string }[] {
  const compare = new Intl.Collator(language).compare;
  return CODES.map((code) => ({ value: code, label: nameOf("region", code, language) })).sort((one, other) =>
    compare(one.label, other.label),
  );
}

/** The zones this browser knows, and the one that is set. */
export function timeZones(present: string): string[] {
  return [...new Set([present, "UTC", ...Intl.supportedValuesOf("timeZone")])].sort();
}

/** The country of a browser's language tag, such as fr-BE; null when it names none. */
export function countryOf(tags: readonly string[]): string | null {
  for (const tag of tags) {
    try {
      const { region } = new Intl.Locale(tag);
      if (region && CODES.includes(region)) return region;
    } catch {
      continue;
    }
  }
  return null;
}
