//! Entity tags: they identify the state of a customer or an address, so that a change can depend on it.

use lambda_http::http::HeaderMap;
use lambda_http::http::header::IF_MATCH;
use serde_json::json;

use crate::digest::sha256;
use crate::error::Error;
use crate::http::jsonapi::Resource;

/// The strong tag of a resource (RFC 9110, section 8.8.3), in its quotes.
///
/// It covers type, id and all attributes, even those that a reply leaves out, but no links: their base is not part of
/// the resource.
pub(crate) fn of(resource: &Resource) -> String {
    let Resource { kind, id, attributes, .. } = resource;
    format!("\"{}\"", sha256(json!([kind, id, attributes.0]).to_string().as_bytes()))
}

/// The condition of a change (RFC 9110, section 13.1.1).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum IfMatch {
    Any,
    /// Strong tags in their quotes. A malformed value yields none, so that nothing matches it.
    Tags(Vec<String>),
}

impl IfMatch {
    /// The condition of a request; without the header there is none. If there are several such headers, `lambda_http`
    /// passes the last.
    pub fn of(headers: &HeaderMap) -> IfMatch {
        headers
            .get(IF_MATCH)
            .map_or(IfMatch::Any, |value| IfMatch::parse(&String::from_utf8_lossy(value.as_bytes())))
    }

    fn parse(value: &str) -> IfMatch {
        match value.trim() {
            "*" => IfMatch::Any,
            list => IfMatch::Tags(strong_tags(list).unwrap_or_default()),
        }
    }

    /// Call it inside the change, which is applied again after a lost race, so that the winner's state is checked too.
    ///
    /// # Errors
    ///
    /// [`Error::PreconditionFailed`] if the resource's current tag is not among these.
    pub fn check(&self, resource: &Resource) -> Result<(), Error> {
        let matches = match self {
            IfMatch::Any => true,
            IfMatch::Tags(tags) => tags.contains(&of(resource)),
        };
        if matches { Ok(()) } else { Err(Error::PreconditionFailed) }
    }
}

/// The tags of a list without the weak ones, which never match; `None` if it is malformed.
fn strong_tags(list: &str) -> Option<Vec<String>> {
    let mut tags = Vec::new();
    let mut rest = list.trim_start_matches(is_separator);
    while !rest.is_empty() {
        let (is_weak, quoted) = rest.strip_prefix("W/").map_or((false, rest), |rest| (true, rest));
        let (tag, after) = quoted.strip_prefix('"')?.split_once('"')?;
        if !tag.chars().all(|c| c == '!' || ('#'..='~').contains(&c) || c >= '\u{80}') {
            return None;
        }
        if !is_weak {
            tags.push(format!("\"{tag}\""));
        }
        rest = after.trim_start_matches([' ', '\t']);
        if !rest.is_empty() && !rest.starts_with(',') {
            return None;
        }
        rest = rest.trim_start_matches(is_separator);
    }
    Some(tags)
}

/// What separates the elements of a list; empty elements are ignored (RFC 9110, section 5.6.1).
fn is_separator(c: char) -> bool {
    matches!(c, ',' | ' ' | '\t')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::Value;

    use super::*;
    use crate::http::jsonapi::Attributes;

    fn resource(first_name: &str, base: &str) -> Resource {
        Resource {
            kind: "customers",
            id: Some("DE--1".to_owned()),
            attributes: Attributes(vec![("firstName", Value::from(first_name))]),
            self_link: format!("{base}/customers/DE--1"),
            relationships: Vec::new(),
        }
    }

    #[test]
    fn a_tag_follows_the_attributes_and_not_the_base() {
        let tag = of(&resource("John", "http://shop"));
        assert_eq!(tag, of(&resource("John", "https://shop.example")));
        assert_ne!(tag, of(&resource("Jane", "http://shop")));
        assert_eq!(tag.len(), 45, "{tag}");
    }

    #[test]
    fn lists_are_read_and_weak_tags_left_out() {
        let tags = |value: &str| match IfMatch::parse(value) {
            IfMatch::Any => vec!["*".to_owned()],
            IfMatch::Tags(tags) => tags,
        };
        assert_eq!(tags(" * "), ["*"]);
        assert_eq!(tags(r#""a""#), [r#""a""#]);
        assert_eq!(tags(r#", "a,b" ,,W/"c",	"d""#), [r#""a,b""#, r#""d""#]);
        assert_eq!(tags(r#""""#), [r#""""#]);
        for malformed in
            ["", "a", r#""a"#, r#""a""b""#, r#""a" "b""#, r#"w/"a""#, r#"*, "a""#, r#""a", *"#, "\"a b\""]
        {
            assert_eq!(tags(malformed), [""; 0], "{malformed}");
        }
    }

    proptest! {
        #[test]
        fn any_value_parses_without_panic(value in ".*") {
            IfMatch::parse(&value);
        }
    }
}
