// One session for all tabs. Refresh tokens work once, and the API takes the second use of one for theft, so that only
// one tab at a time may refresh, and none with tokens that another one has replaced.
//
// Each tab has a copy of the session, with a stamp: when the sign-in was, and how many refreshes ago. A tab tells the
// others of every change, and whoever hears of a later stamp takes it over. So the order in which messages arrive does
// not matter: a sign-out comes after all refreshes of its sign-in, and the next sign-in after that. The latest stamp,
// which is no secret, is also in localStorage, where a tab that was asleep sees that its tokens are old even if nobody
// is left to tell it.

import { browserStorage, isStamp, read, write } from "./tokens.js";

/** @import { Session, TokenPair, Tokens } from "./tokens.js" */

/** @type {Session["stamp"]} */
const NEVER = [0, 0];
// The last number of refreshes: this sign-in is over.
const OVER = Number.MAX_SAFE_INTEGER;

// In milliseconds: for another tab's message that is on its way, for a tab that should answer if it still exists, and
// the same for a tab that has no session to lose by going on.
const MOMENT = 50;
const PATIENCE = 1000;
const CURIOSITY = 300;

/** @param {Session["stamp"]} one @param {Session["stamp"]} other */
const isLater = (one, other) => one[0] > other[0] || (one[0] === other[0] && one[1] > other[1]);

/**
 * @param {string} name
 * @param {Tokens} tokens
 * @param {(reason: "ended" | "elsewhere") => void} onSessionEnded
 */
export function sharedSession(name, tokens, onSessionEnded) {
  /** @type {Session} */
  let session = tokens.load(name) ?? { stamp: NEVER };
  let heard = () => {};
  /** @type {Promise<Session> | undefined} */
  let refreshing;

  // On a server, different customers' sessions live in one process, and must not hear of each other.
  const channel = typeof document === "object" && typeof BroadcastChannel === "function"
    ? new BroadcastChannel(name)
    : undefined;
  channel?.addEventListener("message", ({ data }) => {
    if (data !== "session?") takeOver(data);
    else if (session.reference) channel.postMessage(session);
  });

  // Where tabs cannot tell each other anything, each has a session of its own.
  const marks = channel && browserStorage("localStorage");
  const mark = `${name} latest`;
  /** @returns {Session["stamp"]} */
  const latest = () => {
    const stamp = marks && read(marks, mark);
    return isStamp(stamp) ? stamp : NEVER;
  };

  /** @param {Session} next */
  function keep(next) {
    session = next;
    if (next.reference) tokens.save(next, name);
    else tokens.clear(name);
  }

  /** @param {Session} next */
  function tell(next) {
    keep(next);
    if (marks && isLater(next.stamp, latest())) write(marks, mark, next.stamp);
    channel?.postMessage(next);
  }

  /** @param {Session | null | undefined} next */
  function takeOver(next) {
    if (!next || !isStamp(next.stamp) || !isLater(next.stamp, session.stamp)) return;
    const before = session;
    keep(next);
    heard();
    if (before.reference && before.reference !== next.reference) onSessionEnded("elsewhere");
  }

  const isBehind = () => isLater(latest(), session.stamp);
  // Nobody can have a session that is over.
  const isMissing = () => isBehind() && latest()[1] !== OVER;

  /**
   * Asks the other tabs for a later session, and waits for it that long, or longer if there must be one somewhere.
   *
   * @param {number} moment
   */
  async function catchUp(moment) {
    // A page that comes back from the browser's cache: the tab has gone on without it.
    takeOver(tokens.load(name));
    let wait = isMissing() ? (session.reference ? PATIENCE : CURIOSITY) : moment;
    if (channel && wait > 0) {
      channel.postMessage("session?");
      for (const end = Date.now() + wait; wait > 0; wait = isMissing() ? end - Date.now() : 0) await nextSession(wait);
    }
    if (session.reference && isBehind()) takeOver({ stamp: latest() });
  }

  /** @param {number} wait */
  function nextSession(wait) {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, wait);
      heard = () => {
        clearTimeout(timer);
        resolve(undefined);
      };
    });
  }

  /** @template T @param {() => Promise<T>} work @returns {Promise<T>} */
  const alone = async (work) => globalThis.navigator?.locks?.request(name, work) ?? work();

  /** @param {Session} old @param {(session: Session) => Promise<TokenPair | null>} exchange */
  async function refresh(old, exchange) {
    await catchUp(MOMENT);
    if (session !== old) return session;
    const renewed = await exchange(old);
    // Another tab may have signed in or out meanwhile, or this one.
    if (!renewed) await catchUp(MOMENT);
    if (session !== old) return session;
    if (renewed) tell({ ...old, ...renewed, stamp: [old.stamp[0], old.stamp[1] + 1] });
    else if (over()) onSessionEnded("ended");
    return session;
  }

  /** Ends the session in all tabs, without a word in this one. Returns whether there was one. */
  function over() {
    const isOpen = session.reference !== undefined;
    if (isOpen) tell({ stamp: [session.stamp[0], OVER] });
    return isOpen;
  }

  if (typeof document === "object") {
    addEventListener("pageshow", ({ persisted }) => persisted && void catchUp(0));
  }

  return {
    get current() {
      return session;
    },

    /** Resolves once the tab has what other tabs can tell it. Not at once, so that the caller has its result first. */
    ready: Promise.resolve().then(() => catchUp(0)),

    catchUp: () => catchUp(0),

    /** Does something while no tab refreshes. */
    alone,

    /** @param {Omit<Session, "stamp">} opened */
    open(opened) {
      const signIn = Math.max(Date.now(), session.stamp[0] + 1, latest()[0] + 1) + Math.random();
      tell({ ...opened, stamp: [signIn, 0] });
    },

    over,

    /**
     * The session after one whose access token was refused: refreshed by this tab or by another one, or over.
     *
     * @param {Session} refused
     * @param {(session: Session) => Promise<TokenPair | null>} exchange
     *   gives `null` if the API has ended the session
     */
    async after(refused, exchange) {
      if (session !== refused) return session;
      refreshing ??= alone(() => refresh(refused, exchange)).finally(() => (refreshing = undefined));
      return refreshing;
    },
  };
}
