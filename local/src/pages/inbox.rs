//! The inbox's page and what it calls, of the dev server and of `services` alike.

use std::hash::{DefaultHasher, Hash, Hasher};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hyper::header::{self, HeaderMap, HeaderValue};
use hyper::{Method, StatusCode};
use mail_parser::{MessageParser, MessagePart, MimeHeaders};
use serde_json::{Value, json};

use super::{HTML, JSON, SCRIPT, STYLE, not_found, page, redirect};
use crate::http::{self, Reply};
use crate::ses::{Inbox, Mail};

const PAGE: &str = include_str!("inbox.html");
/// What only the dev server has: its start page, and the shop in which a mail can be ordered.
const OF_THE_DEV_SERVER: [&str; 2] = [
    r#"<a href="/">All pages</a>"#,
    r#" <a href="/_local/shop/">Register in the sample shop</a>, and the mail that confirms your address appears here."#,
];

/// The page without the ways to others, for `services`, which have none. Asked for nothing, they lead to it.
pub(crate) fn alone(method: &Method, path: &str, headers: &HeaderMap, inbox: &Inbox) -> Reply {
    match path.strip_prefix(super::PREFIX) {
        None if path == "/" => redirect("/_local/"),
        Some("") => redirect("/_local/"),
        Some("/") => {
            page(HTML, OF_THE_DEV_SERVER.iter().fold(PAGE.to_owned(), |page, link| page.replace(link, "")))
        }
        Some(path) => answer(method, path, headers, inbox).unwrap_or_else(not_found),
        None => not_found(),
    }
}

/// Answers a request for a `path` below that of all pages, if it is for the inbox.
pub(super) fn answer(method: &Method, path: &str, headers: &HeaderMap, inbox: &Inbox) -> Option<Reply> {
    let reads = matches!(*method, Method::GET | Method::HEAD);
    let parts: Vec<&str> = path.trim_end_matches('/').split('/').skip(1).collect();
    Some(match parts[..] {
        [] if reads && path == "/" => page(HTML, PAGE),
        ["inbox.js"] if reads => page(SCRIPT, include_str!("inbox.js")),
        ["mail.js"] if reads => page(SCRIPT, include_str!("mail.js")),
        ["local.css"] if reads => page(STYLE, include_str!("local.css")),
        ["design", "tokens.css"] if reads => page(STYLE, include_str!("../../../design/tokens.css")),
        ["design", "base.css"] if reads => page(STYLE, include_str!("../../../design/base.css")),
        ["mail"] if reads => list(headers, inbox),
        ["mail"] if *method == Method::DELETE => deleted(inbox.delete(|_| true).map(|_| true)),
        ["mail", id] if *method == Method::DELETE => {
            deleted(inbox.delete(|mail| mail.id == id).map(|count| count > 0))
        }
        ["mail", id, ref part @ ..] if reads => {
            inbox.with_id(id).and_then(|mail| show(&mail, part)).unwrap_or_else(not_found)
        }
        _ => return None,
    })
}

/// All mails, newest last; nothing to a page that knows them already, which it says every other second.
fn list(headers: &HeaderMap, inbox: &Inbox) -> Reply {
    let mails = inbox.all();
    let mut hasher = DefaultHasher::new();
    mails.iter().for_each(|mail| mail.id.hash(&mut hasher));
    let tag = format!("\"{:016x}\"", hasher.finish());
    let is_known = headers.get(header::IF_NONE_MATCH).is_some_and(|known| *known == *tag);
    let mut reply = if is_known {
        http::reply(StatusCode::NOT_MODIFIED, JSON, "")
    } else {
        page(JSON, json!(mails).to_string())
    };
    reply.headers_mut().insert(header::ETAG, HeaderValue::from_str(&tag).expect("quoted digits"));
    reply
}

fn show(mail: &Mail, part: &[&str]) -> Option<Reply> {
    match part {
        [] => Some(page(JSON, opened(mail).to_string())),
        ["source"] => Some(page("message/rfc822", mail.source.to_vec())),
        ["attachments", number] => {
            let message = MessageParser::default().parse(&*mail.source)?;
            let content = message.attachment(number.parse().ok()?)?.contents().to_vec();
            let mut reply = page("application/octet-stream", content);
            reply.headers_mut().insert(header::CONTENT_DISPOSITION, HeaderValue::from_static("attachment"));
            Some(reply)
        }
        _ => None,
    }
}

/// A mail with what only the page that shows it needs. Images in the message itself are in the HTML, because nothing
/// else can be loaded from there.
fn opened(mail: &Mail) -> Value {
    let mut opened = json!(mail);
    let Some(message) = MessageParser::default().parse(&*mail.source) else { return opened };
    let headers = message.headers().iter().zip(message.headers_raw()).map(|(header, (name, raw))| {
        let value = header.value().as_text().unwrap_or(raw).split_whitespace().collect::<Vec<_>>().join(" ");
        json!({ "name": name, "value": value })
    });
    opened["headers"] = headers.collect();
    let attachments = message.attachments().map(|part| {
        let name = part.attachment_name().unwrap_or("unnamed");
        json!({ "name": name, "type": media_type(part), "size": part.contents().len() })
    });
    opened["attachments"] = attachments.collect();
    let images = message.attachments().filter(|part| media_type(part).starts_with("image/"));
    let html = images.fold(mail.html.clone(), |html, part| match part.content_id() {
        Some(id) => html.replace(
            &format!("cid:{id}"),
            &format!("data:{};base64,{}", media_type(part), STANDARD.encode(part.contents())),
        ),
        None => html,
    });
    opened["html"] = html.into();
    opened
}

fn media_type(part: &MessagePart<'_>) -> String {
    let unknown = || "application/octet-stream".to_owned();
    part.content_type().map_or_else(unknown, |kind| {
        format!("{}/{}", kind.ctype(), kind.subtype().unwrap_or_default()).to_lowercase()
    })
}

/// `done` is whether there was what was asked for.
fn deleted(done: std::io::Result<bool>) -> Reply {
    match done {
        Ok(false) => not_found(),
        Ok(true) => http::reply(StatusCode::NO_CONTENT, JSON, ""),
        Err(error) => {
            let problem = format!("The mail cannot be deleted: {error}\n");
            http::reply(StatusCode::INTERNAL_SERVER_ERROR, "text/plain", problem)
        }
    }
}
