// What a storefront needs to know about the API: the envelope, the errors, and how to refresh tokens.

// The API's address, such as "https://accounts.example.com"; empty for the page's own origin.
const API = "";

const MEDIA_TYPE = "application/vnd.api+json";

// The tab's own storage, so that closing the tab leaves nothing behind on a stolen or shared computer. A real shop
// should keep tokens on its server if it can, out of reach of scripts.
const storage = sessionStorage;

/** All problems that an answer reports: those of fields, by the field's name, and the others. */
export class Problems extends Error {
  constructor(status, errors) {
    super(errors.map(({ detail }) => detail).join(" "));
    this.status = status;
    this.fields = new Map();
    this.others = [];
    for (const { code, detail } of errors) {
      // A validation error reads `<field> => <message>`.
      const [field, message] = code === "901" ? detail.split(" => ") : [];
      if (message) this.fields.set(field, [...(this.fields.get(field) ?? []), message]);
      else this.others.push(detail);
    }
  }
}

export const session = {
  get reference() {
    return storage.getItem("reference");
  },
  get isOpen() {
    return storage.getItem("accessToken") !== null;
  },
  keep({ accessToken, refreshToken }) {
    storage.setItem("accessToken", accessToken);
    storage.setItem("refreshToken", refreshToken);
  },
  forget() {
    for (const key of ["accessToken", "refreshToken", "reference"]) storage.removeItem(key);
  },
};

/** Registers; the answer is the new customer. */
export const register = (attributes) => call("POST", "/customers", { type: "customers", attributes });

export async function signIn(username, password) {
  const tokens = await call("POST", "/access-tokens", { type: "access-tokens", attributes: { username, password } });
  session.keep(tokens.data.attributes);
  const { data } = await call("GET", "/customers", { signedIn: true });
  storage.setItem("reference", data[0].id);
}

/** Ends the session on the server as well, because a token that is only forgotten here still works for a thief. */
export async function signOut() {
  try {
    await call("DELETE", `/refresh-tokens/${storage.getItem("refreshToken")}`, { signedIn: true });
  } finally {
    session.forget();
  }
}

/** Reads or changes the caller's own data: `path` follows `/customers/<reference>`. */
export const own = (method, path = "", document = {}) =>
  call(method, `/customers/${session.reference}${path}`, { ...document, signedIn: true });

/** Sends a request and returns the document of its answer, `null` for one without. Throws `Problems`. */
export async function call(method, path, { type, attributes, signedIn = false } = {}) {
  let answer = await send(method, path, type, attributes, signedIn);
  if (answer.status === 401 && signedIn && (await refresh())) {
    answer = await send(method, path, type, attributes, signedIn);
  }
  if (answer.status === 204) return null;
  const document = await answer.json();
  if (answer.ok) return document;
  if (answer.status === 401 && signedIn) {
    session.forget();
    dispatchEvent(new Event("session-lost"));
  }
  throw new Problems(answer.status, document.errors);
}

async function send(method, path, type, attributes, signedIn) {
  const headers = { Accept: MEDIA_TYPE };
  if (signedIn) headers.Authorization = `Bearer ${storage.getItem("accessToken")}`;
  if (type) headers["Content-Type"] = MEDIA_TYPE;
  const body = type && JSON.stringify({ data: { type, attributes } });
  try {
    return await fetch(API + path, { method, headers, body });
  } catch {
    throw new Problems(0, [{ detail: "The shop cannot be reached. Please try again." }]);
  }
}

let refreshing = null;

// One refresh for all requests that found the token expired, because a refresh token works only once.
function refresh() {
  refreshing ??= exchange().finally(() => (refreshing = null));
  return refreshing;
}

async function exchange() {
  const refreshToken = storage.getItem("refreshToken");
  if (!refreshToken) return false;
  const answer = await send("POST", "/refresh-tokens", "refresh-tokens", { refreshToken }, false);
  const document = await answer.json();
  // Only a 401 means that the session has ended; any other error may be temporary.
  if (answer.status === 401) return false;
  if (!answer.ok) throw new Problems(answer.status, document.errors);
  session.keep(document.data.attributes);
  return true;
}
