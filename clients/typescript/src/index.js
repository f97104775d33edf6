// Customer accounts for a storefront: one function for each operation, one session for all tabs, and errors that a form
// can use. docs/storefront.md shows how to use it.

import { AccountsError, describe, errorOf, noAnswer } from "./errors.js";
import { sharedSession } from "./session.js";
import { cookieTokens, memoryTokens, sessionTokens } from "./tokens.js";

export { AccountsError, cookieTokens, describe, memoryTokens, sessionTokens };

/** @import { components } from "../types/api.js" */
/** @import { Session as SharedSession, TokenPair, Tokens } from "./tokens.js" */
/** @typedef {import("./errors.js").Problem} Problem */
/** @typedef {import("./errors.js").Texts} Texts */

/** @typedef {components["schemas"]} Schemas */
/**
 * @template Attributes
 * @typedef {{ id: string, etag: string | undefined, attributes: Attributes }} Resource
 *   `etag` is undefined in lists
 */
/** @typedef {Resource<Schemas["CustomerAttributes"]>} Customer */
/** @typedef {Resource<Schemas["AddressAttributes"]>} Address */
/** @typedef {Resource<Required<Schemas["Session"]["attributes"]>>} Session */
/** @typedef {Schemas["NewCustomerAttributes"]} NewCustomer */
/** @typedef {Schemas["NewAddressAttributes"]} NewAddress */
/** @typedef {{ ifMatch?: string | undefined }} Condition an etag: without a match nothing is changed (code 006) */

const MEDIA_TYPE = "application/vnd.api+json";
// API Gateway gives up after 29 seconds.
const TIMEOUT_MS = 30_000;
// A refresh whose answer does not come has to be repeated within ten seconds: then the API gives the same tokens again.
const REFRESH_TIMEOUT_MS = 4_000;
// In seconds, before a request that is safe to repeat is sent again.
const PAUSES = [0.5, 2];
const LONGEST_PAUSE = 4;

/**
 * @param {object} options
 * @param {string} options.url the address of the API, or of a backend-for-frontend
 * @param {Tokens} options.tokens where the session is kept
 * @param {(reason: "ended" | "elsewhere") => void} [options.onSessionEnded] is called when the session ends and this
 *   tab did not ask for it: the API has ended it, or somebody has signed out, or in as another customer, elsewhere
 * @param {typeof globalThis.fetch} [options.fetch]
 * @param {string} [options.language] of the mails, such as "de"
 */
export function createAccounts({ url, tokens, onSessionEnded = () => {}, fetch = globalThis.fetch, language }) {
  const base = url.replace(/\/$/, "");
  const session = sharedSession(`customer-accounts ${base}`, tokens, onSessionEnded);
  // Answers that set cookies must come in turn: the tabs have one pair of them.
  /** @type {typeof session.alone} */
  const inTurn = tokens.headers ? session.alone : (work) => work();
  // The keys of requests whose outcome is unknown, by path and body.
  /** @type {Map<string, string>} */
  const keys = new Map();
  // How often somebody has begun to sign in.
  let signIns = 0;

  /**
   * @param {string} method
   * @param {string} path
   * @param {{ type?: string, attributes?: object, headers?: Record<string, string>, accessToken?: string | undefined,
   *   keepalive?: boolean, timeout?: number }} [request]
   */
  async function send(method, path, { type, attributes, headers, accessToken, keepalive = false, timeout = TIMEOUT_MS } = {}) {
    let response, text;
    try {
      response = await fetch(base + path, {
        method,
        headers: {
          Accept: MEDIA_TYPE,
          ...(type && { "Content-Type": MEDIA_TYPE }),
          ...(language && { "Accept-Language": language }),
          ...(accessToken && { Authorization: `Bearer ${accessToken}` }),
          ...tokens.headers,
          ...headers,
        },
        body: type ? JSON.stringify({ data: { type, attributes } }) : null,
        signal: AbortSignal.timeout(timeout),
        keepalive,
      });
      text = await response.text();
    } catch (error) {
      throw noAnswer(`No answer: ${error}`);
    }
    const document = parsed(text);
    if (!response.ok) throw errorOf(response, document);
    if (response.status !== 204 && !document?.data) throw noAnswer(`Not an answer of the API, but of whatever else is at ${url}.`);
    return { document, etag: response.headers.get("ETag") ?? undefined };
  }

  /**
   * Sends a request as the customer. A refused access token means that nothing has been done, so that the request can
   * be repeated with the next one: once with another tab's, once with a new one. An answer that comes when somebody
   * else is signed in, or nobody, is not for whoever is there now.
   *
   * @type {typeof send}
   */
  async function sendSigned(method, path, request) {
    /** @type {SharedSession} */
    let current = session.current;
    const { reference } = current;
    if (!reference) throw new AccountsError(403, [{ status: 403, code: "002", detail: "Nobody is signed in." }]);
    for (let attempts = 3; ; current = await session.after(current, exchange)) {
      try {
        if (current.reference === reference) {
          const answer = await send(method, path, { ...request, ...bearer(current) });
          if (session.current.reference === reference) return answer;
        }
      } catch (error) {
        attempts -= 1;
        if (!isRefused(error) || attempts === 0) throw error;
        continue;
      }
      throw refused();
    }
  }

  /** @param {TokenPair} current */
  async function exchange({ refreshToken }) {
    try {
      const request = { type: "refresh-tokens", attributes: { refreshToken } };
      const answer = await patiently((attempts) => {
        const timeout = attempts === 0 ? REFRESH_TIMEOUT_MS : TIMEOUT_MS;
        return send("POST", "/refresh-tokens", { ...request, timeout });
      });
      return tokensOf(answer);
    } catch (error) {
      // Only this means that the session has ended; any other error may be temporary.
      if (isError(error, 401, "004")) return null;
      throw error;
    }
  }

  /**
   * Creates something once, however often the request has to be sent: until its outcome is known, the same body goes
   * with the same key.
   *
   * @param {typeof send} send
   * @param {string} path
   * @param {string} type
   * @param {object} attributes
   */
  async function create(send, path, type, attributes) {
    const request = path + JSON.stringify(attributes);
    const key = keys.get(request) ?? randomKey();
    keys.set(request, key);
    try {
      const headers = { "Idempotency-Key": key };
      const created = await patiently(() => send("POST", path, { type, attributes, headers }));
      keys.delete(request);
      return created;
    } catch (error) {
      // Nor is the outcome of an earlier attempt known once the session is over.
      if (!isTemporary(error) && !isRefused(error)) keys.delete(request);
      throw error;
    }
  }

  /** @param {TokenPair} ended */
  async function endOnServer(ended) {
    // A backend-for-frontend knows the token.
    const path = `/refresh-tokens/${encodeURIComponent(ended.refreshToken ?? "current")}`;
    const request = { keepalive: true };
    try {
      await send("DELETE", path, { ...request, ...bearer(ended) });
    } catch (error) {
      if (!isRefused(error)) throw error;
      const renewed = await exchange(ended);
      if (renewed) await send("DELETE", path, { ...request, ...bearer(renewed) });
    }
  }

  const own = (path = "") => `/customers/${encodeURIComponent(session.current.reference ?? "")}${path}`;
  /** @param {string} id */
  const ownAddress = (id) => own(`/addresses/${encodeURIComponent(id)}`);

  /** @param {string} method @param {string} path @param {string} type @param {object} attributes */
  const tell = async (method, path, type, attributes) => void (await send(method, path, { type, attributes }));

  return {
    /** Whether this tab has a session. Only the API knows whether it is still good. */
    get isSignedIn() {
      return session.current.reference !== undefined;
    },

    /** The customer's reference. */
    get reference() {
      return session.current.reference;
    },

    /** Resolves once a session of another tab, if there is one, is this tab's, too. */
    ready: session.ready,

    /**
     * Registers a customer, without signing in.
     *
     * @param {NewCustomer} attributes
     * @returns {Promise<Customer>}
     */
    register: async (attributes) => resource(await create(send, "/customers", "customers", attributes)),

    /**
     * @param {string} email
     * @param {string} password
     * @returns {Promise<Customer>}
     */
    async signIn(email, password) {
      const turn = ++signIns;
      const request = { type: "access-tokens", attributes: { username: email, password } };
      const opened = tokensOf(await inTurn(() => send("POST", "/access-tokens", request)));
      try {
        const { document } = await send("GET", "/customers", bearer(opened));
        // Somebody has begun to sign in since, who shall not be taken along.
        if (turn !== signIns) throw refused();
        const customer = resource({ document: { data: document.data[0] } });
        const before = session.current;
        session.open({ ...opened, reference: customer.id });
        if (before.refreshToken) endOnServer(before).catch(() => {});
        return customer;
      } catch (error) {
        // With cookies, what the server ends is the latest session, and this one has taken the place of the one before.
        const isLatest = turn === signIns;
        if (isLatest || !tokens.headers) inTurn(() => endOnServer(opened)).catch(() => {});
        if (isLatest && tokens.headers) session.over();
        throw error;
      }
    },

    /**
     * Ends the session in all tabs at once, and then on the server. If that fails, the promise tells: only this
     * computer has forgotten the session, and with cookies not even that, because only the server can clear them.
     */
    async signOut() {
      await session.catchUp();
      const ended = session.current;
      if (session.over() || tokens.headers) await inTurn(() => endOnServer(ended));
    },

    /** Ends all of the customer's sessions, on all devices. */
    async signOutEverywhere() {
      await sendSigned("DELETE", "/refresh-tokens/mine");
      session.over();
    },

    /** @returns {Promise<Customer>} */
    customer: async () => resource(await sendSigned("GET", own())),

    /**
     * @param {Schemas["CustomerChangeAttributes"]} changes
     * @param {Condition} [condition]
     * @returns {Promise<Customer>}
     */
    updateCustomer: async (changes, condition) =>
      resource(await sendSigned("PATCH", own(), { type: "customers", attributes: changes, ...ifMatch(condition) })),

    /** Anonymises the customer, for good. */
    async deleteCustomer() {
      await sendSigned("DELETE", own());
      session.over();
    },

    /** @returns {Promise<Address[]>} */
    async addresses() {
      const { document } = await sendSigned("GET", own("/addresses"));
      return document.data.map(listed);
    },

    /**
     * @param {string} id
     * @returns {Promise<Address>}
     */
    address: async (id) => resource(await sendSigned("GET", ownAddress(id))),

    /**
     * @param {NewAddress} attributes
     * @returns {Promise<Address>}
     */
    addAddress: async (attributes) => resource(await create(sendSigned, own("/addresses"), "addresses", attributes)),

    /**
     * @param {string} id
     * @param {Schemas["AddressChangeAttributes"]} changes
     * @param {Condition} [condition]
     * @returns {Promise<Address>}
     */
    updateAddress: async (id, changes, condition) =>
      resource(
        await sendSigned("PATCH", ownAddress(id), { type: "addresses", attributes: changes, ...ifMatch(condition) }),
      ),

    /**
     * @param {string} id
     * @param {Condition} [condition]
     */
    async deleteAddress(id, condition) {
      await sendSigned("DELETE", ownAddress(id), ifMatch(condition));
    },

    /**
     * All open sessions of the customer.
     *
     * @returns {Promise<Session[]>}
     */
    async sessions() {
      const all = [];
      for (let query = ""; ; ) {
        const { document } = await sendSigned("GET", own("/sessions") + query);
        all.push(...document.data.map(listed));
        if (!document.links.next) return all;
        query = new URL(document.links.next).search;
      }
    },

    /** @param {string} id */
    async endSession(id) {
      await sendSigned("DELETE", own(`/sessions/${encodeURIComponent(id)}`));
    },

    /**
     * All data held about the customer, as one document to save.
     *
     * @returns {Promise<Schemas["CustomerExport"]>}
     */
    exportData: async () => (await sendSigned("GET", own("/export"))).document,

    /**
     * Ends all sessions, this one included.
     *
     * @param {Schemas["PasswordChangeAttributes"]} attributes
     */
    async changePassword(attributes) {
      await sendSigned("PATCH", "/customer-password", { type: "customer-password", attributes });
      session.over();
    },

    /** @param {string} email */
    forgotPassword: (email) =>
      tell("POST", "/customer-forgotten-password", "customer-forgotten-password", { email }),

    /** @param {Schemas["RestorePasswordAttributes"]} attributes */
    restorePassword: (attributes) =>
      tell("PATCH", "/customer-restore-password", "customer-restore-password", attributes),

    /** @param {string} registrationKey of the mailed link */
    confirmEmail: (registrationKey) =>
      tell("POST", "/customer-confirmation", "customer-confirmation", { registrationKey }),

    /** @param {string} email */
    requestConfirmation: (email) =>
      tell("POST", "/customer-confirmation-requests", "customer-confirmation-requests", { email }),

    /** @param {string} restoreEmailKey of the mailed link */
    restoreEmail: (restoreEmailKey) =>
      tell("POST", "/customer-email-restoration", "customer-email-restoration", { restoreEmailKey }),
  };
}

/** @typedef {ReturnType<typeof createAccounts>} Accounts */

/** @param {string} text */
function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** @param {{ document: any, etag?: string | undefined }} answer @returns {Resource<any>} */
const resource = ({ document: { data }, etag }) => ({ id: data.id, etag, attributes: data.attributes });

/** @param {any} data @returns {Resource<any>} */
const listed = (data) => resource({ document: { data } });

/** @param {{ document: any }} answer @returns {TokenPair} */
function tokensOf({ document }) {
  const { accessToken, refreshToken } = document.data.attributes;
  return { accessToken, refreshToken };
}

/** @param {TokenPair} session */
const bearer = ({ accessToken }) => ({ accessToken });

/** @param {Condition} [condition] */
const ifMatch = ({ ifMatch } = {}) => ({ ...(ifMatch && { headers: { "If-Match": ifMatch } }) });

/** @param {unknown} error @param {number} status @param {string} code */
const isError = (error, status, code) =>
  error instanceof AccountsError && error.status === status && error.code === code;

const refused = () => new AccountsError(401, [{ status: 401, code: "001", detail: "The session has ended." }]);

// Behind a backend-for-frontend the token is missing if the cookie is.
/** @param {unknown} error */
const isRefused = (error) => isError(error, 401, "001") || isError(error, 403, "002");

// Whether the request may have been done nonetheless, or may be done at another time.
/** @param {unknown} error */
const isTemporary = (error) =>
  error instanceof AccountsError && (error.status === 0 || error.status === 429 || error.status >= 500);

/**
 * @template T
 * @param {(attempts: number) => Promise<T>} attempt gets the number of those before
 * @returns {Promise<T>}
 */
async function patiently(attempt) {
  for (const [attempts, pause] of PAUSES.entries()) {
    try {
      return await attempt(attempts);
    } catch (error) {
      if (!(error instanceof AccountsError) || ![0, 502, 503, 504].includes(error.status)) throw error;
      const seconds = error.retryAfter ?? pause;
      if (seconds > LONGEST_PAUSE) throw error;
      await new Promise((resolve) => setTimeout(resolve, seconds * 1000));
    }
  }
  return attempt(PAUSES.length);
}

// Like crypto.randomUUID, which only secure contexts have.
function randomKey() {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}
