use proptest::prelude::*;

use super::*;

fn outcome(content_type: Option<&str>, body: &str) -> Result<usize, u16> {
    attributes(content_type, body.as_bytes(), "customers")
        .map(|attributes| attributes.len())
        .map_err(|error| error.objects()[0].status)
}

fn resource() -> Resource {
    Resource {
        kind: "customers",
        id: Some("DE--1".to_owned()),
        attributes: Attributes(vec![("firstName", Value::from("John")), ("email", Value::Null)]),
        self_link: "http://shop/customers/DE--1".to_owned(),
        relationships: vec![Relationship {
            name: "addresses",
            members: vec![("addresses", "a".to_owned())],
            related: None,
        }],
    }
}

#[test]
fn members_are_in_the_contracts_order() {
    assert_eq!(
        collection(&[resource()], "http://shop/customers", None, &[], None, &View::default()),
        r#"{"data":[{"type":"customers","id":"DE--1","attributes":{"firstName":"John","email":null},"links":{"self":"http://shop/customers/DE--1"},"relationships":{"addresses":{"data":[{"type":"addresses","id":"a"}]}}}],"links":{"self":"http://shop/customers"}}"#
    );
}

#[test]
fn a_sparse_fieldset_may_leave_no_attributes() {
    let resource = Resource { relationships: Vec::new(), ..resource() };
    let shown = |value: &str| {
        let view = View::parse([("fields[customers]", value)].into_iter());
        document(&resource, &[], None, &view)
    };
    assert!(shown("email").contains(r#""attributes":{"email":null}"#));
    assert!(shown("nothing").contains(r#""attributes":{}"#));
    assert!(shown("").contains(r#""attributes":{}"#));
}

#[test]
fn an_error_without_a_code_leaves_it_out() {
    let objects = Error::NotFound.objects();
    assert_eq!(errors(&objects), r#"{"errors":[{"status":404,"detail":"Not Found"}]}"#);
}

#[test]
fn only_foreign_parameters_of_the_jsonapi_type_are_refused() {
    let body = r#"{"data":{"type":"customers","attributes":{}}}"#;
    for accepted in [
        None,
        Some("text/plain; charset=utf-8"),
        Some("application/vnd.api+json"),
        Some("application/vnd.api+json;"),
        Some("application/vnd.api+json; ext=x; PROFILE=y"),
        Some("application/vnd.api+json; version=1.0"),
        Some(r#"application/vnd.api+json; profile="y; charset=z\"; a=b""#),
    ] {
        assert_eq!(outcome(accepted, body), Ok(0), "{accepted:?}");
    }
    for refused in [
        "Application/vnd.api+json; charset=utf-8",
        "application/vnd.api+json ; charset=utf-8",
        "application/vnd.api+json; charset",
    ] {
        assert_eq!(outcome(Some(refused), body), Err(415), "{refused}");
    }
}

#[test]
fn documents_of_the_wrong_shape_are_bad_requests() {
    let deep = format!("{}{}", "[".repeat(20_000), "]".repeat(20_000));
    for body in [
        "",
        "{",
        "[]",
        "null",
        "{}",
        r#"{"data":[]}"#,
        r#"{"data":{"type":1,"attributes":{}}}"#,
        r#"{"data":{"type":"customers","attributes":[]}}"#,
        &deep,
    ] {
        assert_eq!(outcome(None, body), Err(400));
    }
    assert_eq!(outcome(None, &" ".repeat(MAX_BODY + 1)), Err(413));
}

proptest! {
    #[test]
    fn any_bytes_parse_or_do_not_without_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        let _ = attributes(None, &bytes, "customers");
    }
}
