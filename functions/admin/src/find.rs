//! `GET /admin/customers`: finds customers by e-mail or name.

use serde_json::Value;
use shared::domain::{AuditEntry, Customer, Email, Name, Parsed, Text, Violation};
use shared::error::Problems;
use shared::http::answer::Listing;
use shared::http::jsonapi::{Attributes, Meta, Resource};
use shared::http::resources::CUSTOMERS;
use shared::store::{EmailHash, Found, Listed, folded_name};
use shared::{App, Call, Error, Reply, reply};

use crate::reason;

/// More than this are not shown: more letters find fewer.
const MAX_FOUND: usize = 20;

/// What an e-mail begins with: less would find everybody.
type Prefix = Text<3, 100>;
/// Part of a name.
type Part = Text<1, 100>;
/// One word must have as many letters, unless they are other than Latin.
const SHORTEST_LATIN: usize = 3;

enum Search {
    Email(Email),
    Prefix(Prefix),
    Name(Part),
}

/// Two reads by e-mail, one by prefix, and by name as many as the index has megabytes; one write, if there is a hit.
pub(crate) async fn find(app: &App, call: Call) -> Result<Reply, Error> {
    let audit = reason::audit(app, &call, AuditEntry::FOUND)?;
    let found = match Search::parse(&call.view.filters)? {
        Search::Email(email) => by_email(app, &email).await?,
        Search::Prefix(prefix) => app.store.find_by_prefix(prefix.as_str(), MAX_FOUND).await?,
        Search::Name(name) => app.store.find_by_name(name.as_str(), MAX_FOUND).await?,
    };
    let about: Vec<_> = found.listed.iter().map(|listed| &listed.reference).collect();
    app.store.audit(&audit, &about).await?;
    let listed = Listing(about.into_iter().cloned().collect());
    let resources: Vec<Resource> = found.listed.iter().map(|listed| resource(&call, listed)).collect();
    let meta = Meta(vec![("more", Value::from(found.more)), ("incomplete", Value::from(found.incomplete))]);
    let mut reply = reply::ok_found(&resources, &call.link(PATH), &meta, &call.view);
    reply.extensions_mut().insert(listed);
    Ok(reply)
}

const PATH: &str = "/admin/customers";

impl Search {
    fn parse(filters: &[(String, String)]) -> Result<Search, Error> {
        let invalid = |violations: Vec<Violation>| {
            let mut problems = Problems::default();
            violations.into_iter().for_each(|violation| problems.add_parameter("filter", violation));
            Error::Invalid(problems)
        };
        let [(by, value)] = filters else {
            let violation = if filters.is_empty() { Violation::Missing } else { Violation::NotAChoice };
            return Err(invalid(vec![violation]));
        };
        let parsed: Parsed<Search> = match by.as_str() {
            "email" => Email::parse(value).map(Search::Email),
            "prefix" => Prefix::parse(value).map(Search::Prefix),
            "name" => Part::parse(value.trim()).and_then(|name| match folded_name(name.as_str()) {
                words if words.trim().is_empty() => Err(vec![Violation::Blank]),
                words if words.split_whitespace().all(is_too_short) => {
                    Err(vec![Violation::TooShort(SHORTEST_LATIN)])
                }
                _ => Ok(Search::Name(name)),
            }),
            _ => Err(vec![Violation::NotAChoice]),
        };
        parsed.map_err(invalid)
    }
}

fn is_too_short(word: &str) -> bool {
    word.is_ascii() && word.len() < SHORTEST_LATIN
}

async fn by_email(app: &App, email: &Email) -> Result<Found, Error> {
    let Some(login) = app.store.login(&EmailHash::of(email)).await? else { return Ok(Found::default()) };
    let stored = app.store.customer(&login.reference).await?;
    // Both items were not read at one moment.
    let listed = stored
        .and_then(|stored| listed(stored.customer))
        .filter(|listed| listed.email.folded() == email.folded());
    Ok(Found { listed: listed.into_iter().collect(), ..Found::default() })
}

fn listed(customer: Customer) -> Option<Listed> {
    Some(Listed {
        reference: customer.reference,
        email: customer.email?,
        first_name: customer.first_name,
        last_name: customer.last_name,
        created_at: customer.created_at,
    })
}

fn resource(call: &Call, listed: &Listed) -> Resource {
    let name = |name: &Option<Name>| Value::from(name.as_ref().map(Name::as_str));
    let attributes = vec![
        ("email", Value::from(listed.email.as_str())),
        ("firstName", name(&listed.first_name)),
        ("lastName", name(&listed.last_name)),
        ("createdAt", Value::from(listed.created_at.to_string())),
    ];
    Resource {
        kind: CUSTOMERS,
        id: Some(listed.reference.to_string()),
        attributes: Attributes(attributes),
        self_link: call.link(&format!("{PATH}/{}", listed.reference)),
        relationships: Vec::new(),
    }
}
