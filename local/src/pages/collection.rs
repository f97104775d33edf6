//! `openapi.yaml` as a collection for Postman (format 2.1), which Bruno and others import.
//!
//! <https://schema.postman.com/collection/json/v2.1.0/draft-07/docs/index.html>

use serde_json::{Map, Value, json};
use shared::Config;

use super::explorer::{self, DOCUMENT};

/// What the document's bodies hold, and the variables that take its place.
const VARIABLES: [(&str, &str); 5] = [
    ("jdoe@example.com", "{{email}}"),
    ("example@mail.com", "{{email}}"),
    ("change123", "{{password}}"),
    // The same again, so that whoever runs this can still sign in.
    ("321egnahc", "{{password}}"),
    ("DE--25.c2Vzc2lvbg.cm90YXRpb24", "{{refreshToken}}"),
];

/// The collection, for the API at this server's address.
pub(super) fn of(config: &Config) -> String {
    let document: Value = serde_saphyr::from_str(&explorer::document(config)).expect("the document is YAML");
    let tags = document["tags"].as_array().into_iter().flatten().map(|tag| {
        let requests = operations(&document, &tag["name"]);
        let requests = requests.into_iter().map(|(path, method, operation)| {
            let id = operation["operationId"].as_str().unwrap_or_default();
            json!({
                "name": operation["summary"],
                "request": request(&document, path, method, operation),
                "event": scripts(id),
            })
        });
        json!({ "name": tag["name"], "description": tag["description"], "item": requests.collect::<Value>() })
    });
    let variable = |key: &str, value: &str| json!({ "key": key, "value": value });
    let base = document["servers"][0]["variables"]["baseUrl"]["default"].as_str().unwrap_or_default();
    let collection = json!({
        "info": {
            "name": document["info"]["title"],
            "description": "Register, then sign in: the requests after that use the tokens, and the customer's reference.",
            "schema": "https://schema.getpostman.com/json/collection/v2.1.0/collection.json",
        },
        "auth": { "type": "bearer", "bearer": [{ "key": "token", "value": "{{accessToken}}", "type": "string" }] },
        "item": tags.collect::<Value>(),
        "variable": [
            variable("baseUrl", base),
            variable("email", ""),
            variable("password", "Change-me-1!"),
            variable("accessToken", ""),
            variable("refreshToken", ""),
            variable("customerReference", ""),
            variable("addressId", ""),
            variable("sessionId", ""),
            variable("anything", "anything"),
        ],
    });
    collection.to_string()
}

/// Those with a tag, in the document's order, with path and method.
fn operations<'a>(document: &'a Value, tag: &Value) -> Vec<(&'a str, &'a str, &'a Value)> {
    let paths = document["paths"].as_object().into_iter().flatten();
    let all = paths.flat_map(|(path, methods)| {
        let methods = methods.as_object().into_iter().flatten();
        methods.map(move |(method, operation)| (path.as_str(), method.as_str(), operation))
    });
    let mut tagged: Vec<_> = all.filter(|(.., operation)| operation["tags"][0] == *tag).collect();
    tagged.sort_by_key(|(.., operation)| {
        let id = operation["operationId"].as_str().unwrap_or_default();
        DOCUMENT.find(&format!("operationId: {id}\n"))
    });
    tagged
}

fn request(document: &Value, path: &str, method: &str, operation: &Value) -> Value {
    let shared = document["paths"][path]["parameters"].as_array();
    let own = operation["parameters"].as_array();
    let parameters = shared.into_iter().chain(own).flatten().map(|parameter| resolved(document, parameter));
    let parameters: Vec<_> = parameters.collect();
    // Only what a request needs is on.
    let of = |place: &str| -> Vec<Value> {
        let found = parameters.iter().filter(|parameter| parameter["in"] == place);
        let shown = found.map(|parameter| {
            json!({
                "key": parameter["name"],
                "value": parameter["example"].as_str().unwrap_or_default(),
                "description": parameter["description"],
                "disabled": parameter["required"] != true,
            })
        });
        shown.collect()
    };
    let path = path.replace('{', "{{").replace('}', "}}");
    let mut headers = of("header");
    let mut request = Map::new();
    if let Some((kind, body)) = body(document, operation) {
        headers.push(json!({ "key": "Content-Type", "value": kind }));
        request.insert("body".to_owned(), body);
    }
    if operation["security"].as_array().is_some_and(Vec::is_empty) {
        request.insert("auth".to_owned(), json!({ "type": "noauth" }));
    }
    request.insert("method".to_owned(), method.to_uppercase().into());
    request.insert("description".to_owned(), operation["description"].clone());
    request.insert("header".to_owned(), headers.into());
    let url = json!({
        "raw": format!("{{{{baseUrl}}}}{path}"),
        "host": ["{{baseUrl}}"],
        "path": path.split('/').skip(1).collect::<Value>(),
        "query": of("query"),
    });
    request.insert("url".to_owned(), url);
    request.into()
}

/// A body that works as it is, with its type.
fn body<'a>(document: &'a Value, operation: &'a Value) -> Option<(&'a str, Value)> {
    let content = resolved(document, operation.get("requestBody")?)["content"].as_object()?;
    let (kind, content) = content.iter().next()?;
    let first = || content["examples"].as_object()?.values().next()?.get("value");
    let example = content.get("example").or_else(first)?;
    let filled =
        |text: String| VARIABLES.iter().fold(text, |text, (value, variable)| text.replace(value, variable));
    if kind == "application/x-www-form-urlencoded" {
        let fields = example.as_object()?.iter().map(|(key, value)| {
            json!({ "key": key, "value": filled(value.as_str().unwrap_or_default().to_owned()) })
        });
        return Some((kind, json!({ "mode": "urlencoded", "urlencoded": fields.collect::<Value>() })));
    }
    let raw = filled(format!("{example:#}"));
    Some((kind, json!({ "mode": "raw", "raw": raw, "options": { "raw": { "language": "json" } } })))
}

/// What fills the variables: each registration is that of a new customer.
fn scripts(operation: &str) -> Value {
    const TOKENS: [&str; 3] = [
        "const tokens = pm.response.json().data?.attributes ?? {};",
        "if (tokens.accessToken) pm.collectionVariables.set(\"accessToken\", tokens.accessToken);",
        "if (tokens.refreshToken) pm.collectionVariables.set(\"refreshToken\", tokens.refreshToken);",
    ];
    let script = |listen: &str, lines: &[&str]| json!({ "listen": listen, "script": { "type": "text/javascript", "exec": lines } });
    match operation {
        "createCustomer" => json!([
            script(
                "prerequest",
                &[
                    "pm.collectionVariables.set(\"email\", `customer-${Date.now().toString(36)}@example.com`);",
                ]
            ),
            script(
                "test",
                &[
                    "const found = pm.response.json().data;",
                    "if (found) pm.collectionVariables.set(\"customerReference\", found.id);",
                ]
            ),
        ]),
        "createAccessToken" | "createRefreshToken" => json!([script("test", &TOKENS)]),
        "oauthToken" => json!([script(
            "test",
            &[
                "const tokens = pm.response.json();",
                "if (tokens.access_token) pm.collectionVariables.set(\"accessToken\", tokens.access_token);",
                "if (tokens.refresh_token) pm.collectionVariables.set(\"refreshToken\", tokens.refresh_token);",
            ]
        )]),
        "createAddress" => json!([script(
            "test",
            &[
                "const found = pm.response.json().data;",
                "if (found) pm.collectionVariables.set(\"addressId\", found.id);",
            ]
        )]),
        "listSessions" => json!([script(
            "test",
            &[
                "const found = pm.response.json().data;",
                "if (found?.length) pm.collectionVariables.set(\"sessionId\", found.at(-1).id);",
            ]
        )]),
        _ => json!([]),
    }
}

/// What a reference in the document stands for; else the value itself.
fn resolved<'a>(document: &'a Value, value: &'a Value) -> &'a Value {
    let target = value["$ref"].as_str().and_then(|reference| document.pointer(reference.strip_prefix('#')?));
    target.unwrap_or(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_operation_of_the_document_is_in_it() {
        let config = Config::from_lookup(|_| None::<String>).expect("defaults are valid");
        let collection: Value = serde_json::from_str(&of(&config)).expect("JSON");
        let items = |value: &Value| value["item"].as_array().cloned().unwrap_or_default();
        let requests: Vec<Value> = items(&collection).iter().flat_map(items).collect();
        let mut found: Vec<String> = requests
            .iter()
            .map(|item| {
                let raw = item["request"]["url"]["raw"].as_str().expect("an address");
                let path = raw.replacen("{{baseUrl}}", "", 1).replace("{{", "{").replace("}}", "}");
                format!("{} {path}", item["request"]["method"].as_str().expect("a method"))
            })
            .collect();
        found.sort();
        let document: Value = serde_saphyr::from_str(DOCUMENT).expect("YAML");
        let paths = document["paths"].as_object().expect("paths");
        let operations = paths.iter().flat_map(|(path, methods)| {
            let methods = methods.as_object().expect("methods").keys().filter(|name| *name != "parameters");
            methods.map(move |method| format!("{} {path}", method.to_uppercase()))
        });
        let mut operations: Vec<_> = operations.collect();
        operations.sort();
        assert_eq!(found, operations);

        let text = collection.to_string();
        for (value, _) in VARIABLES {
            assert!(DOCUMENT.contains(value) && !text.contains(value), "{value}");
        }
        // Every variable that a request uses is one of the collection's.
        let known: Vec<_> = collection["variable"].as_array().expect("variables").iter().collect();
        for used in text.split("{{").skip(1).filter_map(|rest| rest.split_once("}}")).map(|(name, _)| name) {
            assert!(known.iter().any(|variable| variable["key"] == used), "{used}");
        }
    }
}
