//! What differs between two answers, by its shape: the place without ids and indexes, and the kind, but no value.

use std::collections::hash_map::Entry;
use std::collections::{BTreeSet, HashMap, HashSet};

use serde_json::{Map, Value};

use super::client::{Answer, Content};

#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Difference {
    /// A JSON pointer with `*` for each element of an array, or `status`, `Content-Type`, `body`.
    pub(super) place: String,
    pub(super) what: String,
    /// How often in one pair of answers.
    pub(super) times: usize,
}

impl Difference {
    pub(super) fn new(place: &str, what: impl Into<String>) -> Difference {
        Difference { place: place.to_owned(), what: what.into(), times: 1 }
    }
}

/// Counted at once, because an answer can differ in a million places.
#[derive(Default)]
struct Found(Vec<Difference>, HashMap<(String, String), usize>);

impl Found {
    fn add(&mut self, place: &str, what: impl Into<String>) {
        let what = what.into();
        match self.1.entry((place.to_owned(), what)) {
            Entry::Occupied(index) => self.0[*index.get()].times += 1,
            Entry::Vacant(entry) => {
                self.0.push(Difference::new(place, entry.key().1.as_str()));
                entry.insert(self.0.len() - 1);
            }
        }
    }
}

/// Of two answers with different statuses, the bodies are not compared.
pub(super) fn between(old: &Answer, new: &Answer) -> Vec<Difference> {
    if old.status != new.status {
        let what = format!("status differs: {} in OLD, {} in NEW", old.status, new.status);
        return vec![Difference::new("status", what)];
    }
    let mut found = Found::default();
    if old.media_type != new.media_type {
        let (old, new) = (shown(&old.media_type), shown(&new.media_type));
        let what = format!("media type differs: {old} in OLD, {new} in NEW");
        found.add("Content-Type", what);
    }
    match (&old.content, &new.content) {
        (Content::Json(old), Content::Json(new)) => values("", old, new, &mut found),
        (Content::Empty, Content::Empty) => {}
        (old, new) => {
            let what = format!("{} in OLD, {} in NEW", kind_of_body(old), kind_of_body(new));
            found.add("body", what);
        }
    }
    found.0
}

/// Removes what precedes the path of a resource from all links.
pub(super) fn cut_links(value: &mut Value) {
    match value {
        Value::Object(members) => {
            for (name, member) in members {
                if name == "links" { cut(member) } else { cut_links(member) }
            }
        }
        Value::Array(elements) => elements.iter_mut().for_each(cut_links),
        _ => {}
    }
}

fn cut(value: &mut Value) {
    match value {
        Value::String(link) if link.contains("://") => {
            let ends = |rest: &str| rest.is_empty() || rest.starts_with(['/', '?']);
            let start = ["/customers", "/access-tokens"].iter().find_map(|path| {
                let mut places = link.match_indices(path).map(|(at, _)| at);
                places.find(|at| ends(&link[at + path.len()..]))
            });
            if let Some(start) = start {
                *link = link.split_off(start);
            }
        }
        Value::Object(members) => members.values_mut().for_each(cut),
        _ => {}
    }
}

/// Media types that say nothing about anybody.
fn shown(media_type: &str) -> &str {
    let known = ["application/vnd.api+json", "application/json", "text/html", "text/plain"];
    match media_type {
        "" => "none",
        media_type if known.contains(&media_type) => media_type,
        _ => "another",
    }
}

fn kind_of_body(content: &Content) -> &'static str {
    match content {
        Content::Empty => "empty",
        Content::Json(_) => "JSON",
        Content::Ambiguous => "JSON with a member twice",
        Content::Other => "no JSON",
    }
}

fn values(place: &str, old: &Value, new: &Value, found: &mut Found) {
    match (old, new) {
        (Value::Object(old), Value::Object(new)) => objects(place, old, new, found),
        (Value::Array(old), Value::Array(new)) => arrays(place, old, new, found),
        (old, new) if old == new => {}
        (old, new) => found.add(place, scalars(old, new)),
    }
}

fn objects(place: &str, old: &Map<String, Value>, new: &Map<String, Value>, found: &mut Found) {
    let names: BTreeSet<&String> = old.keys().chain(new.keys()).collect();
    for name in names {
        let place = format!("{place}/{}", member(name));
        match (old.get(name), new.get(name)) {
            (Some(old), Some(new)) => values(&place, old, new, found),
            (old, _) => found.add(&place, missing(old.is_some())),
        }
    }
}

fn arrays(place: &str, old: &[Value], new: &[Value], found: &mut Found) {
    let each = format!("{place}/*");
    for pair in pairs(old, new) {
        match pair {
            (Some(old), Some(new)) => values(&each, old, new, found),
            (old, _) => found.add(&each, missing(old.is_some())),
        }
    }
    if let (Some(old), Some(new)) = (ids(old), ids(new)) {
        let (in_old, in_new) = (HashSet::<&Id>::from_iter(&old), HashSet::<&Id>::from_iter(&new));
        let in_both = |id: &&Id| in_old.contains(id) && in_new.contains(id);
        if !old.iter().filter(in_both).eq(new.iter().filter(in_both)) {
            found.add(place, "order differs");
        }
    }
}

/// Type and id of a resource.
type Id<'a> = (&'a str, &'a str);

/// The elements that belong together: resources by type and id, anything else by position. So are resources of which
/// the two sides have as many and not one id in common, as when an import has made up the ids.
pub(super) fn pairs<'a>(old: &'a [Value], new: &'a [Value]) -> Vec<(Option<&'a Value>, Option<&'a Value>)> {
    if let (Some(old_ids), Some(new_ids)) = (ids(old), ids(new)) {
        let mut rest: HashMap<&Id, &Value> = new_ids.iter().zip(new).collect();
        if old.len() != new.len() || old_ids.iter().any(|id| rest.contains_key(id)) {
            let mut pairs: Vec<_> =
                old_ids.iter().zip(old).map(|(id, old)| (Some(old), rest.remove(id))).collect();
            let only_new = new_ids.iter().zip(new).filter(|(id, _)| rest.contains_key(id));
            pairs.extend(only_new.map(|(_, new)| (None, Some(new))));
            return pairs;
        }
    }
    (0..old.len().max(new.len())).map(|index| (old.get(index), new.get(index))).collect()
}

/// `None` unless all elements are resources, each with an id of its own.
fn ids<'a>(elements: &'a [Value]) -> Option<Vec<Id<'a>>> {
    let text = |element: &'a Value, name| element.get(name)?.as_str();
    let ids: Option<Vec<Id>> =
        elements.iter().map(|element| Some((text(element, "type")?, text(element, "id")?))).collect();
    let ids = ids?;
    (HashSet::<&Id>::from_iter(&ids).len() == ids.len()).then_some(ids)
}

fn missing(is_in_old: bool) -> &'static str {
    if is_in_old { "missing in NEW" } else { "missing in OLD" }
}

/// A name as this API and Glue spell them; anything else might be data.
fn member(name: &str) -> &str {
    let is_name = name.len() <= 40
        && name.starts_with(|first: char| first.is_ascii_lowercase())
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte));
    if is_name { name } else { "{name}" }
}

fn scalars(old: &Value, new: &Value) -> String {
    match (old, new) {
        (Value::Null, Value::String(text)) if text.is_empty() => {
            "value differs: null in OLD, empty in NEW".to_owned()
        }
        (Value::String(text), Value::Null) if text.is_empty() => {
            "value differs: empty in OLD, null in NEW".to_owned()
        }
        (Value::String(old), Value::String(new)) => format!("value differs: {}", texts(old, new)),
        (Value::Bool(old), Value::Bool(new)) => format!("value differs: {old} in OLD, {new} in NEW"),
        (Value::Number(_), Value::Number(_)) => "value differs: another number".to_owned(),
        (old, new) => format!("type differs: {} in OLD, {} in NEW", kind(old), kind(new)),
    }
}

fn texts(old: &str, new: &str) -> &'static str {
    let words = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    // A wrong encoding turns such characters into others, or into question marks.
    let ascii = |text: &str| text.chars().filter(|char| char.is_ascii() && *char != '?').collect::<String>();
    match (old.chars().count(), new.chars().count()) {
        (0, _) => "empty in OLD",
        (_, 0) => "empty in NEW",
        _ if words(old) == words(new) => "only in white space",
        _ if old.to_lowercase() == new.to_lowercase() => "only in case",
        _ if ascii(old) == ascii(new) => "only in characters that are not ASCII",
        _ if old.starts_with(new) => "cut short in NEW",
        _ if new.starts_with(old) => "cut short in OLD",
        (one, other) if one == other => "text of the same length",
        (one, other) if one > other => "longer text in OLD",
        _ => "longer text in NEW",
    }
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "bool",
        Value::Number(_) => "number",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn found(old: Value, new: Value) -> Vec<String> {
        let mut found = Found::default();
        values("", &old, &new, &mut found);
        let shown = |found: Difference| vec![format!("{}: {}", found.place, found.what); found.times];
        found.0.into_iter().flat_map(shown).collect()
    }

    #[test]
    fn a_value_is_described_and_never_shown() {
        for (old, new, what) in [
            (json!(null), json!(""), "value differs: null in OLD, empty in NEW"),
            (json!(""), json!(null), "value differs: empty in OLD, null in NEW"),
            (json!("Anna"), json!(""), "value differs: empty in NEW"),
            (json!("Anna"), json!("ANNA"), "value differs: only in case"),
            (json!("Anna  Lee"), json!(" Anna Lee"), "value differs: only in white space"),
            (json!("Müller"), json!("MÃ¼ller"), "value differs: only in characters that are not ASCII"),
            (json!("Müller"), json!("M?ller"), "value differs: only in characters that are not ASCII"),
            (json!("Hauptstraße"), json!("Haupt"), "value differs: cut short in NEW"),
            (json!("Anna"), json!("Emma"), "value differs: text of the same length"),
            (json!("Anna"), json!("Eve"), "value differs: longer text in OLD"),
            (json!(1), json!(2), "value differs: another number"),
            (json!(true), json!(false), "value differs: true in OLD, false in NEW"),
            (json!(null), json!("Anna"), "type differs: null in OLD, string in NEW"),
            (json!("422"), json!(422), "type differs: string in OLD, number in NEW"),
        ] {
            assert_eq!(found(json!({ "a": old }), json!({ "a": new })), [format!("/a: {what}")]);
        }
    }

    #[test]
    fn resources_are_compared_by_id_and_in_their_order() {
        let resource = |id: &str, city: &str| json!({ "type": "addresses", "id": id, "city": city });
        let one = json!([resource("1", "Rome"), resource("2", "Oslo"), resource("3", "Bonn")]);
        let other = json!([resource("2", "Oslo"), resource("1", "Paris"), resource("4", "Kiel")]);
        let expected =
            ["/*/city: value differs: longer text in NEW", "/*: missing in NEW", "/*: missing in OLD"];
        assert_eq!(found(one.clone(), other), [&expected[..], &[": order differs"]].concat());
        assert_eq!(found(one.clone(), one.clone()), [""; 0]);
        assert_eq!(found(one.clone(), json!([])), ["/*: missing in NEW"; 3]);
        // No id in common: by position.
        let renamed = json!([resource("7", "Rome"), resource("8", "Oslo"), resource("9", "Bonn")]);
        assert_eq!(found(one, renamed), ["/*/id: value differs: text of the same length"; 3]);
    }

    #[test]
    fn names_that_may_be_data_are_not_shown() {
        assert_eq!(
            found(json!({ "anna@example.com": 1, "Anna": 1, "fax": 1 }), json!({})),
            ["/{name}: missing in NEW", "/{name}: missing in NEW", "/fax: missing in NEW"]
        );
    }

    #[test]
    fn links_are_compared_without_what_precedes_the_path() {
        let document =
            |link: &str| json!({ "data": [{ "links": { "self": link } }], "links": { "self": link } });
        for (link, path) in [
            ("https://glue.de/customers/DE--1", "/customers/DE--1"),
            ("http://127.0.0.1:1/customers-api/v1/customers?include=x", "/customers?include=x"),
            ("https://api.example/customers", "/customers"),
            ("https://api.example/other", "https://api.example/other"),
        ] {
            let mut cut = document(link);
            cut_links(&mut cut);
            assert_eq!(cut, document(path));
        }
    }
}
