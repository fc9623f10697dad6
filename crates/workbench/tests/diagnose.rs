//! The test of a connection, against servers on this machine that have one fault each.

#![expect(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test may fail by a panic, and so may what it is made of"
)]

use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::thread;
use std::time::Duration;

use pixii_workbench::{Cause, Diagnosis, Settings, State, Step, diagnose};

/// A server that answers the first request with these bytes.
fn server(answer: String) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut received = Vec::new();
        let mut bytes = [0; 4096];
        while !received.ends_with(b"{\"Limit\":1}") {
            match stream.read(&mut bytes).unwrap() {
                0 => break,
                count => received.extend_from_slice(&bytes[..count]),
            }
        }
        stream.write_all(answer.as_bytes()).unwrap();
    });
    url
}

fn answer(status: &str, headers: &str, body: &str) -> String {
    format!("HTTP/1.1 {status}\r\n{headers}content-length: {}\r\n\r\n{body}", body.len())
}

fn refusal(exception: &str, message: &str) -> String {
    let body =
        format!(r#"{{"__type":"com.amazon.coral.service#{exception}","message":"{message}"}}"#);
    answer("400 Bad Request", "", &body)
}

fn settings(endpoint: &str) -> Settings {
    Settings {
        endpoint: Some(endpoint.to_owned()),
        region: Some("eu-west-1".to_owned()),
        access_key_id: Some("AKIDEXAMPLE".to_owned()),
        secret_access_key: Some("hidden".into()),
        time_out: Some(Duration::from_secs(30)),
        ..Settings::default()
    }
}

async fn test(settings: Settings) -> Diagnosis {
    let diagnosis = diagnose(settings, |_| None).await;
    assert_eq!(diagnosis.steps.len(), 10, "{diagnosis:#?}");
    assert_eq!(diagnosis.is_ok, diagnosis.cause.is_none());
    assert_eq!(diagnosis.is_ok, diagnosis.fix.is_none());
    let failed = diagnosis.steps.iter().position(|step| step.state == State::Failed);
    assert_eq!(diagnosis.is_ok, failed.is_none());
    let after = diagnosis.steps.iter().skip(failed.map_or(10, |failed| failed + 1));
    assert!(after.into_iter().all(|step| step.state == State::Skipped), "{diagnosis:#?}");
    diagnosis
}

/// Tests a server with this answer: the step that fails, the cause, and a part of what is said of it.
#[track_caller]
fn check(diagnosis: &Diagnosis, step: Step, cause: Cause, part: &str) {
    let failed = diagnosis.steps.iter().find(|step| step.state == State::Failed);
    let failed = failed.unwrap_or_else(|| panic!("{diagnosis:#?}"));
    assert_eq!((failed.name, diagnosis.cause), (step, Some(cause)), "{diagnosis:#?}");
    assert!(diagnosis.summary.contains(part), "{part}: {diagnosis:#?}");
}

async fn answered(answer: String) -> Diagnosis {
    test(settings(&server(answer))).await
}

#[tokio::test]
async fn a_connection_that_works_passes() {
    let date = "date: Fri, 02 Jan 2026 03:04:05 GMT\r\n";
    let diagnosis = answered(answer("200 OK", date, r#"{"TableNames":[]}"#)).await;
    assert!(diagnosis.is_ok, "{diagnosis:#?}");
    let skipped: Vec<_> =
        diagnosis.steps.iter().filter(|step| step.state == State::Skipped).collect();
    assert_eq!(skipped.iter().map(|step| step.name).collect::<Vec<_>>(), [Step::Tls]);
    let clock = &diagnosis.steps[5];
    assert!(clock.text.ends_with(" hours ahead of the server's"), "{clock:?}");
}

#[tokio::test]
async fn who_may_not_list_tables_passes() {
    let message = "User: arn:aws:iam::123456789012:user/app is not authorized to perform: dynamodb:ListTables";
    let diagnosis = answered(refusal("AccessDeniedException", message)).await;
    assert!(diagnosis.is_ok, "{diagnosis:#?}");
    assert!(
        diagnosis.steps[9]
            .text
            .starts_with("Tables may not be listed; key and signature are proved")
    );
    assert!(answered(refusal("ThrottlingException", "Rate exceeded")).await.is_ok);
}

#[tokio::test]
async fn each_refusal_names_its_cause() {
    let invalid = "The security token included in the request is invalid.";
    let diagnosis = answered(refusal("UnrecognizedClientException", invalid)).await;
    check(&diagnosis, Step::Key, Cause::Key, "The access key AKIDEXAMPLE is not known");

    let diagnosis =
        answered(refusal("ExpiredTokenException", "The security token is expired")).await;
    check(&diagnosis, Step::Key, Cause::Key, "session of this key has ended");

    let mismatch = "The request signature we calculated does not match the signature you provided.";
    let diagnosis = answered(refusal("InvalidSignatureException", mismatch)).await;
    check(&diagnosis, Step::Signature, Cause::Signature, "does not belong to the access key");

    let late = "Signature expired: 20260102T030405Z is now earlier than 20260102T040405Z";
    let diagnosis = answered(refusal("InvalidSignatureException", late)).await;
    check(&diagnosis, Step::Clock, Cause::Clock, "This machine's clock is wrong (");

    let scope = "Credential should be scoped to a valid region, not 'eu-west-1'.";
    let diagnosis = answered(refusal("InvalidSignatureException", scope)).await;
    check(&diagnosis, Step::Region, Cause::Region, "not of the Region eu-west-1");
}

#[tokio::test]
async fn a_clock_far_from_the_servers_is_told_from_a_wrong_secret_by_the_date() {
    let body = r#"{"__type":"x#InvalidSignatureException","message":"other words"}"#;
    let date = "date: Thu, 01 Jan 2099 00:00:00 GMT\r\n";
    let diagnosis = answered(answer("400 Bad Request", date, body)).await;
    check(&diagnosis, Step::Clock, Cause::Clock, " hours behind the server's (InvalidSignature");
}

#[tokio::test]
async fn what_is_no_dynamodb_is_said_to_be_none() {
    let diagnosis = answered(answer("200 OK", "content-type: text/html\r\n", "<html>")).await;
    check(&diagnosis, Step::DynamoDb, Cause::NotDynamoDb, "is no DynamoDB: it answered status 200");
    let diagnosis = answered("SSH-2.0-x\r\n".to_owned()).await;
    check(&diagnosis, Step::DynamoDb, Cause::NotDynamoDb, "could not be read");
    let diagnosis = answered(answer("307 Elsewhere", "location: http://x/\r\n", "")).await;
    check(&diagnosis, Step::DynamoDb, Cause::NotDynamoDb, "leads to");
    let body = r#"{"__type":"x#InternalServerError","message":"Internal server error"}"#;
    let diagnosis = answered(answer("500 Error", "", body)).await;
    check(&diagnosis, Step::DynamoDb, Cause::Connect, "The service is out of order");
}

#[tokio::test]
async fn the_steps_before_an_answer_have_causes_of_their_own() {
    let diagnosis = test(settings("http://nowhere.invalid:8000")).await;
    check(&diagnosis, Step::Name, Cause::Dns, "nowhere.invalid was not found");

    let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let diagnosis = test(settings(&format!("http://{free}"))).await;
    check(&diagnosis, Step::Connection, Cause::Connect, "Nothing listens at 127.0.0.1");
    assert_eq!(diagnosis.fix.as_deref(), Some("Start the server: pixii serve"));

    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let mut silent = settings(&format!("http://{}", listener.local_addr().unwrap()));
    silent.time_out = Some(Duration::from_millis(50));
    let diagnosis = test(silent).await;
    check(&diagnosis, Step::DynamoDb, Cause::TimeOut, "within 0.05 seconds");
}

#[tokio::test]
async fn settings_that_make_no_connection_are_the_first_step() {
    let mut half = settings("http://127.0.0.1:8000");
    half.secret_access_key = None;
    check(&test(half).await, Step::Credentials, Cause::Key, "the secret access key is missing");
    let diagnosis = test(settings("localhost:8000")).await;
    check(&diagnosis, Step::Credentials, Cause::Dns, "is not a URL");
    let mut profile = settings("http://127.0.0.1:8000");
    profile.profile = Some("nobody".to_owned());
    check(&test(profile).await, Step::Credentials, Cause::Profile, "no AWS profile \"nobody\"");
    let mut role = settings("http://127.0.0.1:8000");
    role.role_arn = Some("reader".to_owned());
    check(&test(role).await, Step::Credentials, Cause::Role, "is not a role");
    let mut amazon = settings("aws");
    amazon.region = None;
    check(&test(amazon).await, Step::Credentials, Cause::Region, "needs a Region");
}

/// A server with a certificate that nobody signed.
fn secure_server() -> (String, thread::JoinHandle<()>) {
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let key = made.signing_key.serialize_der().try_into().unwrap();
    let provider = std::sync::Arc::new(tokio_rustls::rustls::crypto::aws_lc_rs::default_provider());
    let configuration = tokio_rustls::rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![made.cert.der().clone()], key)
        .unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("https://localhost:{}", listener.local_addr().unwrap().port());
    let thread = thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut session =
            tokio_rustls::rustls::ServerConnection::new(configuration.into()).unwrap();
        // The other side hangs up as soon as it has seen the certificate.
        let _refused = session.complete_io(&mut stream);
    });
    (url, thread)
}

#[tokio::test]
async fn a_certificate_that_nobody_signed_is_a_fault_of_tls() {
    let (url, server) = secure_server();
    let diagnosis = test(settings(&url)).await;
    check(&diagnosis, Step::Tls, Cause::Tls, "No secure connection to localhost");
    assert!(diagnosis.fix.as_deref().unwrap().contains("SSL_CERT_FILE"), "{diagnosis:#?}");
    server.join().unwrap();
}

#[tokio::test]
async fn a_diagnosis_is_json() {
    let diagnosis = answered(answer("200 OK", "", "{}")).await;
    let json = serde_json::to_value(&diagnosis).unwrap();
    assert_eq!(json["isOk"], true);
    assert_eq!(json["cause"], serde_json::Value::Null);
    assert_eq!(json["steps"][3]["name"], "TLS");
    assert_eq!(json["steps"][3]["state"], "skipped");
}
