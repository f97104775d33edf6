// The server half of `cookieTokens`: passes the browser's requests on to the API, and keeps the tokens in cookies that
// no script can read. For every server that speaks Request and Response, such as a route handler of Next.js.

const TYPE = "application/vnd.api+json";
// The API's own limit.
const MAX_BODY_BYTES = 64 * 1024;
// API Gateway gives up after 29 seconds.
const TIMEOUT_MS = 30_000;
// Nobody waits longer to be signed in because a former session has to be ended.
const LONGEST_CLEAN_UP_MS = 2_000;
// In seconds: refresh tokens are good for 30 days.
const MAX_AGE = 30 * 24 * 60 * 60;

// The contract's paths, without those that would answer a script with tokens or are not for browsers.
/** @type {Record<string, RegExp>} */
const PATHS = {
  GET: paths(
    "/customers", "/customers/*", "/customers/*/addresses", "/customers/*/addresses/*", "/customers/*/export",
    "/customers/*/sessions",
  ),
  POST: paths(
    "/customers", "/customers/*/addresses", "/access-tokens", "/refresh-tokens", "/customer-forgotten-password",
    "/customer-confirmation", "/customer-confirmation-requests", "/customer-email-restoration",
  ),
  PATCH: paths(
    "/customers/*", "/customers/*/addresses/*", "/customer-password", "/customer-restore-password",
  ),
  DELETE: paths(
    "/customers/*", "/customers/*/addresses/*", "/customers/*/sessions/*", "/refresh-tokens/*",
  ),
};
const ENDS_ALL_SESSIONS = paths("DELETE /customers/*", "PATCH /customer-password", "DELETE /refresh-tokens/mine");

const REQUEST_HEADERS = ["Accept", "Accept-Language", "Content-Type", "Idempotency-Key", "If-Match", "User-Agent"];
const RESPONSE_HEADERS = ["Content-Disposition", "Content-Type", "ETag", "Retry-After", "X-Request-Id"];

/** @typedef {{ accessToken?: string | undefined, refreshToken?: string | undefined }} TokenPair */

/**
 * @param {object} options
 * @param {string} options.apiUrl
 * @param {string} options.basePath where this handler is, such as "/api/accounts"
 * @param {string} [options.cookieName] what the cookies' names start with
 * @param {boolean} [options.secure] false only for http:// during development
 * @param {string} [options.origin] the storefront's own, such as "https://shop.example.com"; by default, the host that
 *   the request names
 * @param {string} [options.proxySecret] the API's PROXY_SECRET
 * @param {(request: Request) => string | null | undefined} [options.clientAddress] the customer's IP address. Without
 *   these two, one lockout counts the wrong passwords of all customers, because all come from this server's address.
 * @returns {(request: Request) => Promise<Response>}
 */
export function createHandler({
  apiUrl, basePath, cookieName = "customer-accounts", secure = true, origin, proxySecret, clientAddress,
}) {
  if (proxySecret && !clientAddress) throw new Error("With proxySecret, clientAddress is needed.");
  const api = apiUrl.replace(/\/$/, "");
  basePath = basePath.replace(/\/$/, "");
  origin = origin?.replace(/\/$/, "");
  const prefix = `${secure ? "__Secure-" : ""}${cookieName}-`;

  const attributes = `Path=${basePath || "/"}; HttpOnly; SameSite=Strict${secure ? "; Secure" : ""}`;
  /** @param {string} name @param {string} value */
  const cookie = (name, value, maxAge = MAX_AGE) => `${prefix}${name}=${value}; Max-Age=${maxAge}; ${attributes}`;
  const forgotten = [cookie("access", "", 0), cookie("refresh", "", 0)];

  /** @param {Request} request @returns {TokenPair} */
  function tokensIn(request) {
    const pairs = (request.headers.get("Cookie") ?? "").split(/; */).map((pair) => pair.split("="));
    // Two of one name: another host of the domain has set one, and nobody knows which.
    const value = (/** @type {string} */ name) => {
      const found = pairs.filter(([key]) => key === prefix + name);
      return found.length === 1 ? found[0]?.[1] : undefined;
    };
    return { accessToken: value("access"), refreshToken: value("refresh") };
  }

  /** @param {Request} request */
  function isForeign({ headers, url }) {
    if (headers.get("X-Requested-By") !== "customer-accounts") return true;
    const sender = headers.get("Origin");
    if (sender === null) return false;
    if (origin) return sender !== origin;
    return sender.replace(/^https?:\/\//, "") !== (headers.get("Host") ?? new URL(url).host);
  }

  /**
   * Sends a request to the API, for the customer who sent the given one.
   *
   * @param {Request} request
   * @param {string} method
   * @param {string} path
   * @param {string} [body]
   * @param {TokenPair} [tokens]
   */
  function ask(request, method, path, body, { accessToken } = {}) {
    const headers = picked(request.headers, REQUEST_HEADERS);
    if (accessToken) headers.set("Authorization", `Bearer ${accessToken}`);
    if (proxySecret) {
      headers.set("X-Proxy-Secret", proxySecret);
      headers.set("X-Client-Address", network(clientAddress?.(request)));
    }
    const signal = AbortSignal.timeout(TIMEOUT_MS);
    return fetch(api + path, { method, headers, body: body || null, signal, redirect: "error" });
  }

  /** @param {Request} request @param {TokenPair} tokens */
  function refresh(request, { refreshToken }) {
    const data = { type: "refresh-tokens", attributes: { refreshToken } };
    return ask(request, "POST", "/refresh-tokens", JSON.stringify({ data }));
  }

  /** Ends the session of the cookies, although its access token may have expired. @param {Request} request */
  async function signOut(request) {
    const tokens = tokensIn(request);
    if (!tokens.refreshToken) return reply(204, null);
    const path = `/refresh-tokens/${encodeURIComponent(tokens.refreshToken)}`;
    let answer = await ask(request, "DELETE", path, "", tokens);
    if (answer.status === 401 || !tokens.accessToken) {
      const renewed = await refresh(request, tokens);
      answer = renewed.ok ? await ask(request, "DELETE", path, "", tokensOf(await renewed.json())) : renewed;
    }
    // Without a good token, the session has ended already.
    return answer.status === 401 ? reply(204, null) : pass(answer);
  }

  /** An answer with tokens, which go into the cookies instead. @param {Response} answer */
  async function withoutTokens(answer) {
    if (!answer.ok) return pass(answer);
    const document = await answer.json();
    const { accessToken, refreshToken, ...attributes } = document.data.attributes;
    document.data.attributes = attributes;
    const cookies = [cookie("access", accessToken), cookie("refresh", refreshToken)];
    return reply(answer.status, JSON.stringify(document), answer.headers, cookies);
  }

  /** @param {Request} request @param {string} path @param {string} query @param {string} body */
  async function answerTo(request, path, query, body) {
    const { method } = request;
    const tokens = tokensIn(request);
    if (path === "/access-tokens") {
      const answer = await ask(request, method, path, body);
      // The cookies of the session before are about to be replaced.
      if (answer.ok) await Promise.race([signOut(request).catch(() => {}), pause(LONGEST_CLEAN_UP_MS)]);
      return withoutTokens(answer);
    }
    if (path === "/refresh-tokens") {
      const details = { code: "004", cookies: forgotten };
      if (!tokens.refreshToken) return failure(401, "Failed to refresh token.", details);
      const answer = await refresh(request, tokens);
      return answer.status === 401 ? pass(answer, forgotten) : withoutTokens(answer);
    }
    const answer = await ask(request, method, path + query, body, tokens);
    return pass(answer, answer.ok && ENDS_ALL_SESSIONS.test(`${method} ${path}`) ? forgotten : []);
  }

  return async (request) => {
    const { method } = request;
    const { pathname, search } = new URL(request.url);
    const path = pathname.startsWith(basePath) ? pathname.slice(basePath.length) : "";
    if (!Object.hasOwn(PATHS, method) || !PATHS[method]?.test(path)) return failure(404, "Not Found");
    if (method !== "GET" && isForeign(request)) return failure(403, "This request comes from another site.");
    const body = await bodyOf(request);
    if (body === null) return failure(413, "The body is too large.");
    const isSignOut = method === "DELETE" && /^\/refresh-tokens\/(?!mine$)/.test(path);
    const cookies = isSignOut ? forgotten : [];
    try {
      const answer = await (isSignOut ? signOut(request) : answerTo(request, path, search, body));
      for (const cookie of cookies) answer.headers.append("Set-Cookie", cookie);
      return answer;
    } catch (error) {
      console.error("customer-accounts:", error);
      return failure(502, "The API cannot be reached.", { cookies });
    }
  };
}

/** @param {number} ms */
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** @param {string[]} templates in which a star is an id */
function paths(...templates) {
  return new RegExp(`^(${templates.join("|").replaceAll("*", "[^/]+")})$`);
}

/** @param {{ data: { attributes: TokenPair } }} document @returns {TokenPair} */
const tokensOf = ({ data }) => data.attributes;

/** @param {Headers} headers @param {string[]} names */
function picked(headers, names) {
  const some = new Headers();
  for (const name of names) {
    const value = headers.get(name);
    if (value !== null) some.set(name, value);
  }
  return some;
}

/** @param {number} status @param {string | null} body @param {Headers} [from] @param {string[]} [cookies] */
function reply(status, body, from = new Headers(), cookies = []) {
  const headers = picked(from, RESPONSE_HEADERS);
  headers.set("Cache-Control", "no-store");
  for (const cookie of cookies) headers.append("Set-Cookie", cookie);
  return new Response(status === 204 ? null : body, { status, headers });
}

/** @param {Response} answer @param {string[]} [cookies] */
const pass = async (answer, cookies) => reply(answer.status, await answer.text(), answer.headers, cookies);

/**
 * An error of this handler, in the API's form.
 *
 * @param {number} status
 * @param {string} detail
 * @param {{ code?: string, cookies?: string[] }} [more]
 */
function failure(status, detail, { code, cookies } = {}) {
  const document = { errors: [{ status, code, detail }] };
  return reply(status, JSON.stringify(document), new Headers({ "Content-Type": TYPE }), cookies);
}

/** The body, or `null` if it is too large. @param {Request} request */
async function bodyOf({ body }) {
  const chunks = [];
  let size = 0;
  for (const reader = body?.getReader(); reader; ) {
    const { done, value } = await reader.read();
    if (done) break;
    size += value.length;
    if (size > MAX_BODY_BYTES) return null;
    chunks.push(value);
  }
  return new Blob(chunks).text();
}

/**
 * An address as the API counts it: of IPv6, the first one of its /64, as RFC 5952 spells it. Proxies may add a port.
 *
 * @param {string | null | undefined} address
 */
function network(address) {
  const given = (address ?? "").trim();
  const ipv4 = /^(\d{1,3}(?:\.\d{1,3}){3})(?::\d+)?$/.exec(given);
  if (ipv4) return ipv4[1] ?? "";
  // URL knows all spellings of IPv6, and which are none.
  const plain = given.replace(/^\[(.*)\](?::\d+)?$/, "$1");
  const { hostname } = new URL(`http://[${plain}]`);
  const [start = [], end = []] = hostname.slice(1, -1).split("::").map((half) => (half ? half.split(":") : []));
  const zeros = Array(Math.max(0, 8 - start.length - end.length)).fill("0");
  const groups = [...start, ...zeros, ...end];
  if (groups.slice(0, 6).join(":") === "0:0:0:0:0:ffff") return mapped(groups.slice(6));
  const network = groups.slice(0, 4);
  while (network.at(-1) === "0") network.pop();
  return `${network.join(":")}::`;
}

/** The IPv4 address in the last two groups of an IPv6 one. @param {string[]} groups */
const mapped = (groups) =>
  groups.map((group) => Number.parseInt(group, 16)).flatMap((number) => [number >> 8, number & 255]).join(".");
