//! The JSON:API envelope of requests and replies.

use serde::{Serialize, Serializer};
use serde_json::{Map, Value};

use crate::error::{Error, ErrorObject};

/// The media type of replies in the envelope, without parameters.
pub(crate) const MEDIA_TYPE: &str = "application/vnd.api+json";

/// The most bytes that a body may have, whatever its media type.
pub const MAX_BODY: usize = 64 * 1024;

/// A resource object. Its members are serialised in the order of the fields.
#[derive(Clone)]
pub struct Resource {
    pub kind: &'static str,
    /// `None` (`null`) for what cannot be addressed, such as a token pair.
    pub id: Option<String>,
    pub attributes: Attributes,
    pub self_link: String,
    pub relationships: Vec<Relationship>,
}

/// Attributes in the contract's order.
#[derive(Clone, Default)]
pub struct Attributes(pub Vec<(&'static str, Value)>);

/// A to-many relationship: its name, and the type and id of each member.
#[derive(Clone)]
pub struct Relationship {
    name: &'static str,
    members: Vec<(&'static str, String)>,
    /// The URL of all members, if these are not all.
    related: Option<String>,
}

/// The `meta` member of a document, in the contract's order.
#[derive(Clone)]
pub struct Meta(pub Vec<(&'static str, Value)>);

/// What a client asked to see: the related resources to include, the attributes to keep, and the page.
#[derive(Clone, Default)]
pub struct View {
    include: Vec<String>,
    fields: Vec<(String, Vec<String>)>,
    /// The id of the last resource of the page before.
    pub after: Option<String>,
    /// By what the resources are filtered, and the values.
    pub filters: Vec<(String, String)>,
}

/// The attributes of a request document.
///
/// `content_type` is the request's, if it has one; `kind` is what `data.type` must be.
///
/// # Errors
///
/// In this order: 413, 415, `Invalid type.`, `Post data is invalid.`
pub(crate) fn attributes(
    content_type: Option<&str>,
    body: &[u8],
    kind: &str,
) -> Result<Map<String, Value>, Error> {
    if body.len() > MAX_BODY {
        return Err(Error::BodyTooLarge);
    }
    if content_type.is_some_and(has_foreign_parameter) {
        return Err(Error::UnsupportedMediaType);
    }
    let Ok(Value::Object(mut document)) = serde_json::from_slice(body) else {
        return Err(Error::InvalidPostData);
    };
    let Some(Value::Object(mut data)) = document.remove("data") else { return Err(Error::InvalidPostData) };
    match data.get("type") {
        Some(Value::String(found)) if found == kind => {}
        Some(Value::String(_)) => return Err(Error::InvalidType),
        _ => return Err(Error::InvalidPostData),
    }
    match data.remove("attributes") {
        Some(Value::Object(attributes)) => Ok(attributes),
        _ => Err(Error::InvalidPostData),
    }
}

/// A document with one resource, the included ones, and `meta`.
pub(crate) fn document(
    resource: &Resource,
    included: &[Resource],
    meta: Option<&Meta>,
    view: &View,
) -> String {
    to_string(&Document { data: view.of(resource), links: None, included: view.of_all(included), meta })
}

/// A document with an array of resources; `self_link` is the URL of the request, `next_link` that of the next page.
pub(crate) fn collection(
    resources: &[Resource],
    self_link: &str,
    next_link: Option<&str>,
    included: &[Resource],
    meta: Option<&Meta>,
    view: &View,
) -> String {
    let links = Some(Links { myself: self_link, next: next_link });
    to_string(&Document { data: view.of_all(resources), links, included: view.of_all(included), meta })
}

/// A document without any resource.
pub(crate) fn only_meta(meta: &Meta) -> String {
    #[derive(Serialize)]
    struct OnlyMeta<'a> {
        meta: &'a Meta,
    }
    to_string(&OnlyMeta { meta })
}

/// A document with errors.
pub(crate) fn errors(errors: &[ErrorObject]) -> String {
    to_string(&ErrorDocument { errors })
}

#[derive(Serialize)]
struct Document<'a, T> {
    data: T,
    #[serde(skip_serializing_if = "Option::is_none")]
    links: Option<Links<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    included: Vec<Viewed<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    meta: Option<&'a Meta>,
}

#[derive(Serialize)]
struct ErrorDocument<'a> {
    errors: &'a [ErrorObject],
}

#[derive(Serialize)]
struct Links<'a> {
    #[serde(rename = "self")]
    myself: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<&'a str>,
}

#[derive(Serialize)]
struct Viewed<'a> {
    r#type: &'static str,
    id: Option<&'a str>,
    attributes: ViewedAttributes<'a>,
    links: Links<'a>,
    #[serde(skip_serializing_if = "<[_]>::is_empty", serialize_with = "by_name")]
    relationships: &'a [Relationship],
}

struct ViewedAttributes<'a> {
    view: &'a View,
    kind: &'static str,
    attributes: &'a Attributes,
}

impl Serialize for ViewedAttributes<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let shown = self.attributes.0.iter().filter(|(name, _)| self.view.shows(self.kind, name));
        serializer.collect_map(shown.map(|(name, value)| (name, value)))
    }
}

impl Serialize for Meta {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(name, value)| (name, value)))
    }
}

fn by_name<S: Serializer>(relationships: &[Relationship], serializer: S) -> Result<S::Ok, S::Error> {
    #[derive(Serialize)]
    struct Linkage<'a> {
        data: Vec<Identifier<'a>>,
        #[serde(skip_serializing_if = "Option::is_none")]
        links: Option<RelatedLink<'a>>,
    }
    #[derive(Serialize)]
    struct RelatedLink<'a> {
        related: &'a str,
    }
    #[derive(Serialize)]
    struct Identifier<'a> {
        r#type: &'static str,
        id: &'a str,
    }
    serializer.collect_map(relationships.iter().map(|Relationship { name, members, related }| {
        let data = members.iter().map(|(kind, id)| Identifier { r#type: kind, id }).collect();
        let links = related.as_deref().map(|related| RelatedLink { related });
        (name, Linkage { data, links })
    }))
}

fn to_string(document: &impl Serialize) -> String {
    serde_json::to_string(document).expect("documents have string keys and no values that can fail")
}

impl Resource {
    /// Adds a relationship to these resources, unless there are none at all. `related` is the URL of all, if these are
    /// not all.
    pub fn relate(&mut self, name: &'static str, members: &[Resource], related: Option<String>) {
        let members: Vec<_> =
            members.iter().filter_map(|member| Some((member.kind, member.id.clone()?))).collect();
        if !members.is_empty() || related.is_some() {
            self.relationships.push(Relationship { name, members, related });
        }
    }
}

impl View {
    /// Reads `include`, `fields[…]`, `filter[…]` and `page[after]` from decoded query parameters; unknown names are
    /// ignored.
    pub fn parse<'a>(parameters: impl Iterator<Item = (&'a str, &'a str)>) -> View {
        let mut view = View::default();
        for (name, value) in parameters {
            let names = value.split(',').map(str::trim).map(str::to_owned);
            if name == "include" {
                view.include.extend(names);
            } else if name == "page[after]" {
                view.after = Some(value.to_owned());
            } else if let Some(kind) = member(name, "fields") {
                view.fields.push((kind.to_owned(), names.collect()));
            } else if let Some(by) = member(name, "filter") {
                view.filters.push((by.to_owned(), value.to_owned()));
            }
        }
        view
    }

    /// The query string for the same fields of what comes after the resource with this id.
    pub fn after(&self, id: &str) -> String {
        let mut query = form_urlencoded::Serializer::new(String::new());
        for (kind, names) in &self.fields {
            query.append_pair(&format!("fields[{kind}]"), &names.join(","));
        }
        query.append_pair("page[after]", id).finish()
    }

    pub(crate) fn includes(&self, name: &str) -> bool {
        self.include.iter().any(|included| included == name)
    }

    fn of<'a>(&'a self, resource: &'a Resource) -> Viewed<'a> {
        let Resource { kind, id, attributes, self_link, relationships } = resource;
        Viewed {
            r#type: kind,
            id: id.as_deref(),
            attributes: ViewedAttributes { view: self, kind, attributes },
            links: Links { myself: self_link, next: None },
            relationships,
        }
    }

    fn of_all<'a>(&'a self, resources: &'a [Resource]) -> Vec<Viewed<'a>> {
        resources.iter().map(|resource| self.of(resource)).collect()
    }

    fn shows(&self, kind: &str, attribute: &str) -> bool {
        let mut asked = self.fields.iter().filter(|(asked, _)| asked == kind).peekable();
        asked.peek().is_none() || asked.any(|(_, names)| names.iter().any(|name| name == attribute))
    }
}

/// What is in the brackets of a parameter of this family.
fn member<'a>(name: &'a str, family: &str) -> Option<&'a str> {
    name.strip_prefix(family)?.strip_prefix('[')?.strip_suffix(']')
}

/// The parameters of JSON:API's media type: its own (section 5 of JSON:API 1.1), and the one that storefronts send to Glue.
const PARAMETERS: [&str; 3] = ["ext", "profile", "version"];

/// Whether a JSON:API media type has any other parameter.
///
/// The crate `mime` rejects white space before a semicolon and escapes in quoted strings, which RFC 9110 allows.
fn has_foreign_parameter(content_type: &str) -> bool {
    let mut parts = outside_quotes(content_type).into_iter().map(str::trim);
    let is_jsonapi = parts.next().is_some_and(|essence| essence.eq_ignore_ascii_case(MEDIA_TYPE));
    is_jsonapi
        && parts.filter(|part| !part.is_empty()).any(|part| {
            let name = part.split('=').next().unwrap_or_default().trim();
            !PARAMETERS.iter().any(|known| name.eq_ignore_ascii_case(known))
        })
}

/// The parts between semicolons, except those within quoted strings (RFC 9110, section 5.6.4).
fn outside_quotes(value: &str) -> Vec<&str> {
    let (mut quoted, mut escaped) = (false, false);
    value
        .split(|c| {
            match c {
                '"' if !escaped => quoted = !quoted,
                _ => {}
            }
            escaped = quoted && c == '\\' && !escaped;
            c == ';' && !quoted
        })
        .collect()
}

#[cfg(test)]
mod tests;
