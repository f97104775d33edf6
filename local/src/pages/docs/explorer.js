// Swagger UI, so that what it fills in works, and works again: a customer who is new each time the page is loaded, no
// optional parameters, and the references of what the answers have shown.

const email = `customer-${crypto.getRandomValues(new Uint32Array(1))[0].toString(36)}@example.com`;
const OF_THE_DOCUMENT = /jdoe@example\.com|example@mail\.com/g;
/** The parameter that names a resource, by its type. */
const NAMES = { customers: "customerReference", addresses: "addressId" };

function prepared(document) {
  const { paths, components } = document;
  // The page may be open under another name of the same server.
  document.servers = [{ url: location.origin }];
  for (const parameter of Object.values(components.parameters)) delete parameter.example;
  const operations = Object.values(paths).flatMap(({ parameters = [], ...operations }) => Object.values(operations).map((operation) => {
    // Those of the path come first, as in the address.
    operation.parameters = [...parameters, ...(operation.parameters ?? [])];
    operation.parameters.forEach((parameter) => delete parameter.example);
    return operation;
  }));
  for (const path of Object.values(paths)) delete path.parameters;
  for (const operation of operations.filter(({ requestBody }) => requestBody)) {
    operation.requestBody = JSON.parse(JSON.stringify(operation.requestBody).replace(OF_THE_DOCUMENT, email));
  }
  return document;
}

/** Fills in a parameter of all operations that have it. */
function fill(name, value) {
  for (const [path, operations] of ui.specSelectors.specJson().get("paths").entrySeq()) {
    if (!path.includes(`{${name}}`)) continue;
    for (const method of operations.keySeq()) {
      if (method !== "parameters") ui.specActions.changeParam([path, method], name, "path", value, false);
    }
  }
}

function fillFromToken(token) {
  const { sub } = JSON.parse(atob(token.split(".")[1].replaceAll("-", "+").replaceAll("_", "/")));
  if (sub) fill(NAMES.customers, sub);
}

function learn(response) {
  try {
    const body = JSON.parse(response.text);
    const token = body.access_token ?? body.data?.attributes?.accessToken;
    if (token) return fillFromToken(token);
    const resource = [body.data].flat()[0];
    if (resource?.id && NAMES[resource.type]) fill(NAMES[resource.type], resource.id);
  } catch {
    // There is nothing to learn from an answer that is not JSON.
  }
}

const ui = SwaggerUIBundle({
  dom_id: "#explorer",
  url: "/_local/openapi.yaml",
  deepLinking: true,
  tryItOutEnabled: true,
  persistAuthorization: true,
  defaultModelsExpandDepth: 0,
  plugins: [{ statePlugins: { spec: { wrapActions: { updateJsonSpec: (update) => (document) => update(prepared(document)) } } } }],
  responseInterceptor: (response) => {
    learn(response);
    return response;
  },
  onComplete: () => {
    const authorized = ui.authSelectors.authorized().toJS();
    const token = authorized.password?.token?.access_token ?? authorized.accessToken?.value;
    if (token?.split(".").length === 3) fillFromToken(token);
  },
});
