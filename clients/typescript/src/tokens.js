// Where a tab keeps its session. docs/storefront.md says what each place protects against.

/** @typedef {{ accessToken?: string | undefined, refreshToken?: string | undefined }} TokenPair none with cookies */

/**
 * Who is signed in, and with what. `stamp` orders what the tabs know: the sign-in, by time, and its refreshes. Without
 * a reference, that sign-in is over.
 *
 * @typedef {TokenPair & { stamp: [signIn: number, refresh: number], reference?: string }} Session
 */

/**
 * `name` tells the sessions of several APIs apart.
 *
 * @typedef {object} Tokens
 * @property {(name: string) => Session | null | undefined} load
 * @property {(session: Session, name: string) => void} save
 * @property {(name: string) => void} clear
 * @property {Record<string, string>} [headers] to send along; cookies then carry the tokens
 */

/**
 * In a variable of this tab: a reload or a new tab has the session only from other open tabs.
 *
 * @returns {Tokens}
 */
export function memoryTokens() {
  /** @type {Session | null} */
  let kept = null;
  return {
    load: () => kept,
    save: (session) => {
      kept = session;
    },
    clear: () => {
      kept = null;
    },
  };
}

/**
 * In the tab's `sessionStorage`: the session survives a reload, and ends on this computer with the last tab.
 *
 * @returns {Tokens}
 */
export const sessionTokens = () => storedIn("sessionStorage");

/**
 * In cookies that no script can read, which a backend-for-frontend sets (`customer-accounts/bff.js`). The browser only
 * remembers who is signed in.
 *
 * @returns {Tokens}
 */
export const cookieTokens = () => ({
  ...storedIn("localStorage"),
  // Another site's form cannot send it, and another site's script is not allowed to.
  headers: { "X-Requested-By": "customer-accounts" },
});

/**
 * @param {"sessionStorage" | "localStorage"} kind
 * @returns {Tokens}
 */
function storedIn(kind) {
  const storage = browserStorage(kind);
  if (!storage) return memoryTokens();
  return {
    load: (name) => {
      const session = read(storage, name);
      return isStamp(session?.stamp) ? session : null;
    },
    save: (session, name) => write(storage, name, session),
    clear: (name) => storage.removeItem(name),
  };
}

/** @param {unknown} stamp */
export const isStamp = (stamp) => Array.isArray(stamp) && stamp.length === 2 && stamp.every(Number.isFinite);

/** What is stored, if it can be read. @param {Storage} storage @param {string} name */
export function read(storage, name) {
  try {
    return JSON.parse(storage.getItem(name) ?? "null");
  } catch {
    return null;
  }
}

/**
 * Without room, nothing is stored rather than something that is out of date.
 *
 * @param {Storage} storage @param {string} name @param {unknown} value
 */
export function write(storage, name, value) {
  try {
    storage.setItem(name, JSON.stringify(value));
  } catch {
    storage.removeItem(name);
  }
}

/**
 * Browsers can forbid it, and a page that is rendered on a server has none.
 *
 * @param {"sessionStorage" | "localStorage"} kind
 * @returns {Storage | undefined}
 */
export function browserStorage(kind) {
  try {
    return typeof document === "object" ? globalThis[kind] : undefined;
  } catch {
    return undefined;
  }
}
