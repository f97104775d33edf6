use desk::Call;
use desk::answers::{Address, Card, Entry, Mail, Profile, Session, Shown, SignIn};
use hyper::StatusCode;

use super::text::{cell, count, labelled, name, person, time};
use super::{Failure, OneCustomer};

pub(super) async fn run(one: OneCustomer) -> Result<String, Failure> {
    let OneCustomer { reference, asking } = one;
    asking.ask(Call::show(&reference), StatusCode::OK, |shown| Ok(card(shown))).await
}

fn card(shown: Shown) -> String {
    let Shown { data, included, meta } = shown;
    let mut lines = vec![title(&data.id, &data.attributes, &meta)];
    lines.push(labelled("account", &account(&data.attributes, &meta)));
    if let Some(pending) = &meta.pending_email {
        lines.push(labelled("pending", &format!("{}, once it is confirmed", cell(pending))));
    }
    if let Some(until) = &meta.take_back_until {
        let text = format!("a former e-mail can take the account back until {}", time(until));
        lines.push(labelled("undo", &text));
    }
    lines.push(labelled("sign-in", &sign_in(&meta.sign_in)));
    lines.extend(meta.sessions.iter().map(|session| labelled("session", &self::session(session))));
    lines.extend(included.iter().map(|address| labelled("address", &self::address(&address.attributes))));
    lines.extend(meta.mails.iter().map(|mail| labelled("mail", &self::mail(mail))));
    lines.extend(meta.trail.iter().map(|entry| labelled("trail", &self::entry(entry))));
    lines.push(labelled("times", "UTC"));
    lines.join("\n")
}

/// The name comes last, so that it cannot pass for anything else.
fn title(reference: &str, profile: &Profile, card: &Card) -> String {
    let email = profile.email.as_deref().map(cell);
    let parts = match card.is_anonymised {
        true => [cell(reference), "anonymised".to_owned(), String::new()],
        false => [cell(reference), email.unwrap_or_default(), name(profile)],
    };
    parts.join("  ").trim_end().to_owned()
}

fn account(profile: &Profile, card: &Card) -> String {
    let confirmed = match (card.is_confirmed, &card.confirmed_at) {
        (true, Some(at)) => format!("confirmed since {}", time(at)),
        (true, None) => "confirmed".to_owned(),
        (false, _) => "not confirmed".to_owned(),
    };
    let language = card.language.as_deref().map(|language| format!(", {}", cell(language)));
    let since = time(&profile.created_at);
    let password = if card.has_password { "" } else { ", no password until a reset" };
    format!("{confirmed}{}, registered {since}{password}", language.unwrap_or_default())
}

fn sign_in(attempts: &SignIn) -> String {
    let SignIn { failed_attempts, places, locked_places } = *attempts;
    if failed_attempts == 0 {
        return "no failed attempts in 15 minutes".to_owned();
    }
    let locked = match locked_places {
        0 => "not locked".to_owned(),
        locked => format!("{locked} locked for up to 5 minutes"),
    };
    let attempts = count(failed_attempts, "failed attempt", "failed attempts");
    format!("{attempts} from {} in 15 minutes, {locked}", count(places, "place", "places"))
}

fn session(session: &Session) -> String {
    let device = cell(session.device.as_deref().unwrap_or("unknown device"));
    format!("{}  {device}, since {}", time(&session.last_seen_at), time(&session.started_at))
}

fn address(address: &Address) -> String {
    let part = |part: &Option<String>| cell(part.as_deref().unwrap_or_default());
    let uses = [(address.is_default_shipping, "ships here"), (address.is_default_billing, "bills here")];
    let uses: Vec<&str> = uses.into_iter().filter(|(is, _)| *is).map(|(_, what)| what).collect();
    let uses = if uses.is_empty() { String::new() } else { format!(" ({})", uses.join(", ")) };
    format!(
        "{} {}, {} {}, {} {} {}{uses}",
        part(&address.first_name),
        part(&address.last_name),
        part(&address.address1),
        part(&address.address2),
        part(&address.zip_code),
        part(&address.city),
        part(&address.iso2_code)
    )
}

fn mail(mail: &Mail) -> String {
    let detail = mail.detail.as_deref().map(|detail| format!(": {}", cell(detail))).unwrap_or_default();
    let at = mail.at.as_deref().map_or_else(|| "-".to_owned(), time);
    format!("{at}  {}  {}{detail}", cell(&mail.kind), cell(&mail.state))
}

fn entry(entry: &Entry) -> String {
    format!("{}  {}  {}  {}", time(&entry.at), person(&entry.who), cell(&entry.action), cell(&entry.reason))
}
