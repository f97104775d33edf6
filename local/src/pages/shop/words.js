// The language that the shop speaks: the one that the customer has chosen, or else the browser's.

import { browserStorage } from "/_local/client/tokens.js";
import { english as englishTexts } from "/_local/client/texts/english.js";
import { german as germanTexts } from "/_local/client/texts/german.js";
import english from "./words/english.js";
import german from "./words/german.js";

const LANGUAGES = [
  { words: english, texts: englishTexts },
  { words: german, texts: germanTexts },
];
const KEY = "shop-language";
// A browser can forbid it; then the choice lasts as long as the page.
const storage = browserStorage("localStorage");

/** The shop's own words, and the package's texts about what the API refuses. */
export let { words, texts } = LANGUAGES[0];

export function speak(tag) {
  ({ words, texts } = LANGUAGES.find((language) => language.words.tag === tag) ?? LANGUAGES[0]);
  document.documentElement.lang = words.tag;
}

export function choose(tag) {
  storage?.setItem(KEY, tag);
  speak(tag);
}

/** The language that the button offers. */
export const other = () => LANGUAGES.find((language) => language.words !== words).words;

/** Puts the words into elements that name them: `data-text="nav.signIn"`. */
export function translate(root) {
  for (const element of root.querySelectorAll("[data-text]")) element.textContent = at(element.dataset.text);
  for (const element of root.querySelectorAll("[data-aria-label]")) element.ariaLabel = at(element.dataset.ariaLabel);
}

const at = (path) => path.split(".").reduce((place, key) => place[key], words);

// As it is written where the customer is, if that speaks the shop's language: de-AT, en-GB.
const locale = () => navigator.languages.find((tag) => tag.startsWith(words.tag)) ?? words.tag;

export const dateAndTime = (date) =>
  new Intl.DateTimeFormat(locale(), { dateStyle: "medium", timeStyle: "short" }).format(date);

/** Such as "5 minutes ago". */
export function ago(date) {
  const minutes = Math.round((date - Date.now()) / 60_000);
  const [size, unit] = minutes > -60 ? [1, "minute"] : minutes > -24 * 60 ? [60, "hour"] : [24 * 60, "day"];
  const number = Math.min(0, Math.round(minutes / size));
  return new Intl.RelativeTimeFormat(words.tag, { numeric: "auto" }).format(number, unit);
}

const known = navigator.languages.map((tag) => tag.slice(0, 2));
speak(storage?.getItem(KEY) ?? known.find((tag) => LANGUAGES.some(({ words }) => words.tag === tag)));
