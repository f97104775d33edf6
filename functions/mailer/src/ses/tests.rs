use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::thread::{self, JoinHandle};

use aws_sdk_ses::config::{BehaviorVersion, Credentials, Region, SharedCredentialsProvider};
use shared::domain::{CustomerReference, Email, Language, MailId, MailKind};
use shared::store::EmailHash;

use super::*;
use crate::occasion::Occasion;

const SENT: &str = "<SendRawEmailResponse><SendRawEmailResult><MessageId>1</MessageId></SendRawEmailResult>\
                    </SendRawEmailResponse>";

/// Answers one request, and returns it.
fn endpoint(status: u16, body: &str) -> (SocketAddr, JoinHandle<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = listener.local_addr().expect("an address");
    let answer = format!(
        "HTTP/1.1 {status} Status\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
        body.len()
    );
    let server = thread::spawn(move || {
        let (mut connection, _) = listener.accept().expect("a connection");
        let request = read_request(&mut connection);
        connection.write_all(answer.as_bytes()).expect("the client reads");
        request
    });
    (address, server)
}

fn read_request(connection: &mut TcpStream) -> String {
    let mut request = Vec::new();
    let mut buffer = [0; 4096];
    loop {
        let read = connection.read(&mut buffer).expect("the client writes");
        request.extend_from_slice(&buffer[..read]);
        let text = String::from_utf8_lossy(&request);
        let Some((head, body)) = text.split_once("\r\n\r\n") else { continue };
        let length = head
            .lines()
            .find_map(|line| line.to_ascii_lowercase().strip_prefix("content-length: ")?.parse().ok());
        if read == 0 || Some(body.len()) >= length {
            return text.into_owned();
        }
    }
}

fn refusal_body(code: &str, message: &str) -> String {
    format!(
        "<ErrorResponse><Error><Type>Sender</Type><Code>{code}</Code>\
         <Message>{message}</Message></Error><RequestId>1</RequestId></ErrorResponse>"
    )
}

async fn send(address: SocketAddr, timeout: Duration) -> Result<String, SendError> {
    let sdk_config = SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::from_static("eu-central-1"))
        .credentials_provider(SharedCredentialsProvider::new(Credentials::new(
            "id", "secret", None, None, "test",
        )))
        .http_client(shared::runtime::aws::http_client())
        .endpoint_url(format!("http://{address}"))
        .build();
    let to = Email::parse("anna@example.com").expect("an e-mail address");
    let kind = Occasion::PasswordChanged;
    let mail = Mail { kind, to: &to, language: Language::English, first_name: "Anna", last_name: "Müller" };
    let sender = Sender {
        brand: "Kiosk",
        storefront_url: "https://shop.example.com",
        from: "no-reply@example.com",
        color: "#1f57c3",
        footer: "",
        logo: None,
    };
    let sent = Addressed {
        customer: CustomerReference::parse("auth0|1.2").expect("a reference"),
        mail: MailId { kind: MailKind::PasswordChanged, unique: "0a1b".to_owned() },
        recipient: EmailHash::of(&to),
    };
    let set = Some("mails-of-the-kiosk".to_owned());
    Ses::with_timeout(&sdk_config, set, timeout)
        .send(&mail, &sent, &sender, b"Subject: Hi\r\n\r\nHello".to_vec())
        .await
}

async fn outcome(status: u16, body: &str) -> String {
    let (address, server) = endpoint(status, body);
    let outcome = send(address, Duration::from_secs(5)).await;
    server.join().expect("one request came");
    match outcome {
        Ok(id) => format!("sent as {id}"),
        Err(error) => {
            assert!(!error.to_string().contains('@'), "{error}");
            assert!(!format!("{error:?}").contains("example.com"), "{error:?}");
            match error {
                SendError::Rejected { reason } => format!("rejected: {reason}"),
                SendError::Retryable { reason } => format!("retryable: {reason}"),
            }
        }
    }
}

#[tokio::test]
async fn a_message_goes_out_with_its_recipient_tag_and_configuration_set() {
    let (address, server) = endpoint(200, SENT);
    send(address, Duration::from_secs(5)).await.expect("sent");
    let request = server.join().expect("one request came");
    for field in [
        "Action=SendRawEmail&",
        "&Source=no-reply%40example.com",
        "&Destinations.member.1=anna%40example.com",
        "&RawMessage.Data=U3ViamVjdDogSGkNCg0KSGVsbG8%3D",
        "&ConfigurationSetName=mails-of-the-kiosk",
        "&Tags.member.1.Name=kind&Tags.member.1.Value=password-changed",
        "&Tags.member.2.Name=customer&Tags.member.2.Value=YXV0aDB8MS4y",
        "&Tags.member.3.Name=mail&Tags.member.3.Value=0a1b",
        "&Tags.member.4.Name=recipient&Tags.member.4.Value=",
    ] {
        assert!(request.contains(field), "{field} is not in {request}");
    }
}

#[tokio::test]
async fn faults_of_the_recipient_are_final() {
    for (code, message, expected) in [
        ("MessageRejected", "Address blacklisted.", "rejected: MessageRejected, Address blacklisted"),
        ("MessageRejected", "anna@example.com is odd", "rejected: MessageRejected"),
        ("MessageRejected", "odd: 'Anna@example.com'.", "rejected: MessageRejected"),
        (
            "InvalidParameterValue",
            "Domain of &lt;anna@example.com&gt; ends with dot",
            "rejected: InvalidParameterValue, Domain",
        ),
    ] {
        assert_eq!(outcome(400, &refusal_body(code, message)).await, expected);
    }
}

#[tokio::test]
async fn faults_that_are_temporary_or_can_be_fixed_are_retried() {
    let unverified = "Email address is not verified. The following identities failed the check in region \
                      EU-CENTRAL-1: anna@example.com";
    for (status, code, message, expected) in [
        (
            400,
            "Throttling",
            "Maximum sending rate exceeded.",
            "retryable: Throttling, Maximum sending rate exceeded",
        ),
        (
            400,
            "InvalidParameterValue",
            "Domain of &lt;no-reply@example.com&gt; ends with dot",
            "retryable: InvalidParameterValue, Domain",
        ),
        (
            400,
            "InvalidParameterValue",
            "Domain of &lt;susanna@example.com&gt; is odd",
            "retryable: InvalidParameterValue, Domain",
        ),
        (
            400,
            "InvalidParameterValue",
            "Missing final '@domain'",
            "retryable: InvalidParameterValue, Missing final",
        ),
        (400, "MessageRejected", "Transaction failed", "retryable: MessageRejected"),
        (400, "MessageRejected", unverified, "retryable: MessageRejected, Email address is not verified"),
        (400, "MailFromDomainNotVerifiedException", "no MX", "retryable: MailFromDomainNotVerifiedException"),
        (
            400,
            "AccountSendingPausedException",
            "anna@example.com",
            "retryable: AccountSendingPausedException",
        ),
        (403, "AccessDenied", "not authorized: no-reply@example.com", "retryable: AccessDenied"),
        (500, "InternalFailure", "", "retryable: InternalFailure"),
    ] {
        assert_eq!(outcome(status, &refusal_body(code, message)).await, expected);
    }
    assert_eq!(outcome(503, "").await, "retryable: status 503");
    assert_eq!(outcome(502, "<html>anna@example.com</html>").await, "retryable: status 502");
    assert_eq!(outcome(200, "<html>anna@example.com").await, "retryable: status 200");
}

#[tokio::test]
async fn timeouts_and_refused_connections_are_retried() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = listener.local_addr().expect("an address");
    let error = send(address, Duration::from_millis(100)).await.expect_err("no server answers");
    assert_eq!(error.to_string(), "SES did not accept the message: no answer in time");

    drop(listener);
    let error = send(address, Duration::from_secs(5)).await.expect_err("no server listens");
    assert_eq!(
        error.to_string(),
        "SES did not accept the message: no connection: Connection refused (os error 111)"
    );
}
