//! The inbox over HTTP, of the dev server and of `services`.

use super::*;

/// The mails as the page gets them.
async fn mails(address: impl ToSocketAddrs) -> Vec<Value> {
    let answer = send_to(address, "Host: localhost", "GET", "/_local/mail", "").await;
    let (_, body) = answer.split_once("\r\n\r\n").expect("a body");
    serde_json::from_str(body).expect("a list")
}

fn id_of(mail: &Value) -> String {
    mail["id"].as_str().expect("an id").to_owned()
}

/// The form of SES's call that brings a message.
fn call(message: &str) -> String {
    let call = [("Action", "SendRawEmail"), ("RawMessage.Data", &STANDARD.encode(message))];
    form_urlencoded::Serializer::new(String::new()).extend_pairs(call).finish()
}

#[tokio::test]
async fn mails_stay_with_the_data_until_they_are_deleted() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let server = start(Some(folder.path())).await;
    for email in ["anna@example.com", "sonia@example.com", "john@example.com"] {
        register(&server, email).await;
        server.mail_settled().await;
    }
    let before = mails(domain(&server)).await;
    let [first, second, _] = &before[..] else { panic!("three mails: {before:?}") };
    let deleted = send(&server, "DELETE", &format!("/_local/mail/{}", id_of(second)), "").await;
    assert!(deleted.starts_with("HTTP/1.1 204 No Content\r\n"), "{deleted}");
    server.stop().await;

    // As a process leaves it that is killed while it writes.
    let draft = folder.path().join("mails/00000000000000000001-1.0123456789abcdef.new");
    std::fs::write(&draft, "Action=Send").expect("a file");
    // What somebody else might put there is not touched.
    let mails_folder = folder.path().join("mails");
    let kept =
        std::fs::read_dir(&mails_folder).expect("a folder").map(|entry| entry.expect("an entry").path());
    let kept = kept.filter(|path| *path != draft).min().expect("a mail");
    let odd = [mails_folder.join(format!("{}-x", u64::MAX)), mails_folder.join("4-folder")];
    std::fs::copy(kept, &odd[0]).expect("a copy");
    std::fs::create_dir(&odd[1]).expect("a folder");
    let server = start(Some(folder.path())).await;
    assert!(!draft.exists());
    assert_eq!(mails(domain(&server)).await, [first.clone(), before[2].clone()]);
    assert_eq!(server.mail().to("anna@example.com").len(), 1);
    let source = send(&server, "GET", &format!("/_local/mail/{}/source", id_of(first)), "").await;
    assert!(source.contains("\r\ncontent-type: message/rfc822\r\n"), "{source}");
    assert!(source.contains("\r\nX-Mail-Kind: confirmation\r\n"), "{source}");

    let cleared = send(&server, "DELETE", "/_local/mail", "").await;
    assert!(cleared.starts_with("HTTP/1.1 204 No Content\r\n"), "{cleared}");
    server.stop().await;
    let server = start(Some(folder.path())).await;
    assert_eq!(mails(domain(&server)).await, [Value::Null; 0]);
    assert_eq!(std::fs::read_dir(mails_folder).expect("a folder").count(), odd.len());
    server.stop().await;
}

#[tokio::test]
async fn no_page_elsewhere_deletes_a_mail() {
    let server = start(None).await;
    register(&server, "sonia@example.com").await;
    server.mail_settled().await;
    let id = id_of(&mails(domain(&server)).await[0]);
    let host = format!("Host: {}", domain(&server));
    for foreign in [
        "Host: evil.example".to_owned(),
        format!("{host}\r\nOrigin: https://evil.example"),
        // A page on another port, and a mail in its frame.
        format!("{host}\r\nOrigin: http://localhost:1"),
        format!("{host}\r\nOrigin: null"),
        format!("{host}\r\nSec-Fetch-Site: cross-site"),
    ] {
        for path in ["/_local/mail", &format!("/_local/mail/{id}")] {
            let answer = send_to(domain(&server), &foreign, "DELETE", path, "").await;
            assert!(answer.starts_with("HTTP/1.1 403 Forbidden\r\n"), "{foreign}: {answer}");
            // What a browser asks before it sends a DELETE to another origin.
            let answer = send_to(domain(&server), &foreign, "OPTIONS", path, "").await;
            assert!(answer.starts_with("HTTP/1.1 403 Forbidden\r\n"), "{foreign}: {answer}");
        }
    }
    assert_eq!(server.mail().all().len(), 1);
    let own = format!("{host}\r\nOrigin: {}\r\nSec-Fetch-Site: same-origin", server.base_url());
    let path = format!("/_local/mail/{id}");
    for expected in ["204", "404"] {
        let answer = send_to(domain(&server), &own, "DELETE", &path, "").await;
        assert!(answer.starts_with(&format!("HTTP/1.1 {expected} ")), "{answer}");
    }
    for (method, path) in [("POST", "/_local/mail"), ("PUT", &*path), ("DELETE", "/_local/")] {
        let answer = send_to(domain(&server), &own, method, path, "").await;
        assert!(answer.starts_with("HTTP/1.1 405 Method Not Allowed\r\n"), "{method} {path}: {answer}");
    }
    server.stop().await;
}

#[tokio::test]
async fn a_page_that_knows_all_mails_is_told_so() {
    let server = start(None).await;
    let ask = async |headers: &str| send_to(domain(&server), headers, "GET", "/_local/mail", "").await;
    let answer = ask("Host: localhost").await;
    let tag = answer.lines().find_map(|line| line.strip_prefix("etag: ")).expect("a tag");
    let known = format!("Host: localhost\r\nIf-None-Match: {tag}");
    let again = ask(&known).await;
    assert!(again.starts_with("HTTP/1.1 304 Not Modified\r\n") && again.ends_with("\r\n\r\n"), "{again}");
    register(&server, "sonia@example.com").await;
    server.mail_settled().await;
    assert!(ask(&known).await.contains(r#""to":"sonia@example.com""#));
    server.stop().await;
}

#[tokio::test]
async fn functions_that_run_elsewhere_have_the_same_inbox() {
    const PICTURE: &str = "To: sonia@example.com\r\nSubject: =?utf-8?B?R3LDvMOfZQ==?=\r\nMIME-Version: 1.0\r\n\
        Content-Type: multipart/related; boundary=b\r\n\r\n\
        --b\r\nContent-Type: text/html\r\n\r\n<img src=\"cid:logo\">\r\n\
        --b\r\nContent-Type: image/png; name=\"logo.png\"\r\nContent-ID: <logo>\r\n\
        Content-Transfer-Encoding: base64\r\n\r\nAAAA\r\n--b--\r\n";
    let folder = tempfile::tempdir().expect("a temporary folder");
    let env_file = folder.path().join("env.json");
    let options = || ServicesOptions {
        dynamodb_port: 0,
        ses_port: 0,
        data: Some(folder.path().join("data")),
        env_file: env_file.clone(),
        ..Default::default()
    };
    let services = Services::start(options()).await.expect("the services start");
    let text = std::fs::read(&env_file).expect("the file is there");
    let settings: Value = serde_json::from_slice(&text).expect("JSON");
    let id = settings["Parameters"]["AWS_ACCESS_KEY_ID"].as_str().expect("a setting");
    let signed =
        format!("Host: localhost\r\nAuthorization: AWS4-HMAC-SHA256 Credential={id}/any, Signature=0");
    let answer = send_to(services.ses(), &signed, "POST", "/", &call(PICTURE)).await;
    assert!(answer.starts_with("HTTP/1.1 200 OK\r\n"), "{answer}");
    services.stop().await;

    let services = Services::start(options()).await.expect("the services start");
    let get = async |path: &str| send_to(services.ses(), "Host: localhost", "GET", path, "").await;
    assert!(get("/").await.contains("\r\nlocation: /_local/\r\n"));
    let page = get("/_local/").await;
    assert!(page.contains("<h1>Inbox</h1>"), "{page}");
    for path in page.split('"').filter(|text| text.starts_with('/')) {
        let answer = get(path).await;
        assert!(answer.starts_with("HTTP/1.1 200 OK\r\n"), "{path}: {answer}");
    }
    let mail = mails(services.ses()).await.remove(0);
    let path = format!("/_local/mail/{}", id_of(&mail));
    let opened = get(&path).await;
    let (_, opened) = opened.split_once("\r\n\r\n").expect("a body");
    let opened: Value = serde_json::from_str(opened).expect("a mail");
    assert_eq!(opened["html"], r#"<img src="data:image/png;base64,AAAA">"#);
    assert_eq!(opened["attachments"], json!([{ "name": "logo.png", "type": "image/png", "size": 3 }]));
    assert_eq!(opened["headers"][1], json!({ "name": "Subject", "value": "Grüße" }));
    let attachment = get(&format!("{path}/attachments/0")).await;
    assert!(attachment.contains("\r\ncontent-disposition: attachment\r\n"), "{attachment}");
    for nothing in ["/_local/mail/1", "/_local/shop/", &format!("{path}/attachments/1"), "/nothing"] {
        assert!(get(nothing).await.starts_with("HTTP/1.1 404 Not Found\r\n"), "{nothing}");
    }
    services.stop().await;
}
