//! `openapi.yaml`, and access to its parts.

use std::sync::LazyLock;

use serde_json::Value;
use tests::Ordered;

use super::schema;
use crate::project;

const METHODS: [&str; 4] = ["get", "post", "patch", "delete"];

pub(super) struct Document {
    pub(super) json: Value,
    /// The same with the order of its members.
    pub(super) ordered: Ordered,
}

pub(super) struct Operation<'a> {
    document: &'a Document,
    pub(super) method: String,
    pub(super) path: String,
    definition: &'a Value,
}

impl Document {
    /// Reads it only once, because that takes a while.
    pub(super) fn read() -> &'static Document {
        static DOCUMENT: LazyLock<Document> = LazyLock::new(|| {
            let yaml = project::read("openapi.yaml");
            Document {
                json: serde_saphyr::from_str(&yaml).expect("openapi.yaml is YAML"),
                ordered: serde_saphyr::from_str(&yaml).expect("openapi.yaml is YAML"),
            }
        });
        &DOCUMENT
    }

    pub(super) fn operations(&self) -> impl Iterator<Item = Operation<'_>> {
        let paths = self.json["paths"].as_object().expect("paths").iter();
        paths.flat_map(|(path, item)| {
            let methods = METHODS.iter().filter_map(|method| Some((*method, item.get(*method)?)));
            methods.map(|(method, definition)| Operation {
                document: self,
                method: method.to_uppercase(),
                path: path.clone(),
                definition,
            })
        })
    }

    #[track_caller]
    pub(super) fn operation(&self, id: &str) -> Operation<'_> {
        let mut operations = self.operations();
        operations.find(|operation| operation.id() == id).unwrap_or_else(|| panic!("no operation {id}"))
    }

    /// The value at a pointer (RFC 6901).
    #[track_caller]
    pub(super) fn at(&self, pointer: &str) -> &Value {
        self.json.pointer(pointer).unwrap_or_else(|| panic!("nothing at {pointer}"))
    }

    /// The value itself, or what it refers to.
    pub(super) fn resolve<'a>(&'a self, value: &'a Value) -> &'a Value {
        match value["$ref"].as_str() {
            Some(reference) => self.at(reference.trim_start_matches('#')),
            None => value,
        }
    }

    /// The examples of a content.
    pub(super) fn examples<'a>(&'a self, content: &'a Value) -> Vec<&'a Value> {
        let several = content["examples"].as_object().into_iter().flatten();
        let several = several.map(|(_, example)| &self.resolve(example)["value"]);
        content.get("example").into_iter().chain(several).collect()
    }

    /// What is wrong with a value according to a content's schema; with `ordered`, also with the order of its members.
    pub(super) fn problems(&self, content: &Value, value: &Value, ordered: Option<&Ordered>) -> Vec<String> {
        let schema = &content["schema"];
        let alternatives =
            schema["oneOf"].as_array().map_or_else(|| vec![schema], |several| several.iter().collect());
        let problems = alternatives.into_iter().map(|alternative| {
            let reference = alternative["$ref"].as_str().expect("a schema of the components");
            schema::problems(self, reference.trim_start_matches('#'), value, ordered)
        });
        problems.min_by_key(Vec::len).expect("a schema")
    }
}

impl<'a> Operation<'a> {
    pub(super) fn id(&self) -> &'a str {
        self.definition["operationId"].as_str().expect("an operationId")
    }

    pub(super) fn is_public(&self) -> bool {
        self.definition.get("security").is_some_and(|security| *security == Value::Array(Vec::new()))
    }

    pub(super) fn has_body(&self) -> bool {
        self.definition.get("requestBody").is_some()
    }

    pub(super) fn statuses(&self) -> Vec<u16> {
        let responses = self.definition["responses"].as_object().expect("responses");
        responses.keys().map(|status| status.parse().expect("a status")).collect()
    }

    pub(super) fn response(&self, status: u16) -> Option<&'a Value> {
        let response = self.definition["responses"].get(status.to_string())?;
        Some(self.document.resolve(response))
    }

    /// The request's media type and content.
    #[track_caller]
    pub(super) fn request(&self) -> (&'a str, &'a Value) {
        let body = self.document.resolve(&self.definition["requestBody"]);
        let contents = body["content"].as_object().unwrap_or_else(|| panic!("{} has no body", self.id()));
        let (media_type, content) = contents.iter().next().expect("a content");
        (media_type, content)
    }

    /// The pointer to the schema of the request's attributes.
    #[track_caller]
    pub(super) fn request_attributes(&self) -> &'a str {
        let reference = self.request().1["schema"]["$ref"].as_str().expect("a schema of the components");
        let data = self.document.at(&format!("{}/properties/data", reference.trim_start_matches('#')));
        let attributes = data["properties"]["attributes"]["$ref"].as_str();
        attributes.expect("a schema of the components").trim_start_matches('#')
    }

    /// Every content of the request and of the answers, and where it is.
    pub(super) fn contents(&self) -> Vec<(String, Value)> {
        let request = self.has_body().then(|| (String::from("request"), self.request().1.clone()));
        let answers = self.statuses().into_iter().flat_map(|status| {
            let contents = self.response(status).expect("it is there")["content"].as_object().cloned();
            contents.into_iter().flatten().map(move |(_, content)| (status.to_string(), content))
        });
        let contents = request.into_iter().chain(answers);
        contents.map(|(place, content)| (format!("{}, {place}", self.id()), content)).collect()
    }
}
