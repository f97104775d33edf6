// What a storefront has to know about the API: the envelope, the errors, and how tokens are kept alive.

// Where the API is: empty for the page's own origin, else such as "https://accounts.example.com".
const API = "";

const MEDIA_TYPE = "application/vnd.api+json";

// A tab's own storage: a stolen computer or a shared one has nothing of it once the tab is closed. A real shop that
// can should keep tokens on its server, out of reach of scripts.
const storage = sessionStorage;

/** Every problem that an answer told: those of fields by the field's name, and the others. */
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

/** Ends the session on the server as well; a token that nobody holds can still be used by whoever found it. */
export async function signOut() {
  try {
    await call("DELETE", `/refresh-tokens/${storage.getItem("refreshToken")}`, { signedIn: true });
  } finally {
    session.forget();
  }
}

/** Reads or changes something of the caller's own: `path` goes on after `/customers/<reference>`. */
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

// One refresh for however many requests found the token expired: a refresh token is good once.
function refresh() {
  refreshing ??= exchange().finally(() => (refreshing = null));
  return refreshing;
}

async function exchange() {
  const refreshToken = storage.getItem("refreshToken");
  if (!refreshToken) return false;
  const answer = await send("POST", "/refresh-tokens", "refresh-tokens", { refreshToken }, false);
  const document = await answer.json();
  // Only this says that the session is over; a shop that is busy is asked again another time.
  if (answer.status === 401) return false;
  if (!answer.ok) throw new Problems(answer.status, document.errors);
  session.keep(document.data.attributes);
  return true;
}
