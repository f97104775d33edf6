// The countries that an address may be in, by their names in the shop's language.

import { words } from "./words.js";

/** The codes of ISO 3166-1 that the API accepts. */
export const CODES = `
  AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS BT BV BW BY
  BZ CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH ER ES ET FI FJ FK
  FM FO FR GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM HN HR HT HU ID IE IL IM IN IO IQ IR
  IS IT JE JM JO JP KE KG KH KI KM KN KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK
  ML MM MN MO MP MQ MR MS MT MU MV MW MX MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM
  PN PR PS PT PW PY QA RE RO RS RU RW SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF
  TG TH TJ TK TL TM TN TO TR TT TV TW TZ UA UG UM US UY UZ VA VC VE VG VI VN VU WF WS YE YT ZA ZM ZW
`.trim().split(/\s+/);

export const countryName = (code) => new Intl.DisplayNames(words.tag, { type: "region" }).of(code);

// Those of the browser's languages that name a region, such as de-AT.
const probable = [...new Set(navigator.languages.map((tag) => new Intl.Locale(tag).region))]
  .filter((region) => CODES.includes(region));

/** Fills a select: first the customer's probable countries, of which the first is chosen, then all by name. */
export function addCountries(select) {
  const { compare } = new Intl.Collator(words.tag);
  const names = new Intl.DisplayNames(words.tag, { type: "region" });
  const all = CODES.map((code) => [names.of(code), code]).sort(([a], [b]) => compare(a, b));
  const first = probable.map((code) => [names.of(code), code]);
  const rest = all.filter(([, code]) => !probable.includes(code));
  select.append(...first.map(([name, code], at) => new Option(name, code, at === 0, at === 0)));
  if (first.length > 0) select.append(document.createElement("hr"));
  select.append(...rest.map(([name, code]) => new Option(name, code)));
}
