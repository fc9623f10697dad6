//! Profiles and roles: real files, and a scripted giver of roles on this machine.

#![expect(
    clippy::unwrap_used,
    reason = "a test may fail by a panic, and so may what it is made of"
)]

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpListener;
use std::path::Path;
use std::thread::{self, JoinHandle};

use pixii_workbench::{Body, Connection, Error, Reply, Settings, ask as run};

const ROLE: &str = "arn:aws:iam::210987654321:role/reader";

/// A server that answers one request after the other, each over a connection of its own, and gives
/// what it was sent: the first line, the headers and the body, as one text.
fn server(answers: Vec<String>) -> (String, JoinHandle<Vec<String>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let thread = thread::spawn(move || {
        let mut received = Vec::new();
        for answer in answers {
            let (mut stream, _) = listener.accept().unwrap();
            let mut reader = BufReader::new(&stream);
            let (mut text, mut length) = (String::new(), 0);
            while !text.ends_with("\r\n\r\n") {
                let start = text.len();
                reader.read_line(&mut text).unwrap();
                if let Some((name, value)) = text[start..].split_once(": ")
                    && name.eq_ignore_ascii_case("content-length")
                {
                    length = value.trim().parse().unwrap();
                }
            }
            reader.take(length).read_to_string(&mut text).unwrap();
            received.push(text);
            stream.write_all(answer.as_bytes()).unwrap();
        }
        received
    });
    (url, thread)
}

fn answer(status: &str, body: &str) -> String {
    let length = body.len();
    format!("HTTP/1.1 {status}\r\nconnection: close\r\ncontent-length: {length}\r\n\r\n{body}")
}

/// The reply of who gives roles.
fn given(key: &str, until: &str) -> String {
    answer(
        "200 OK",
        &format!(
            "<AssumeRoleResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><AssumeRoleResult>\
             <Credentials><AccessKeyId>{key}</AccessKeyId><SecretAccessKey>hidden</SecretAccessKey>\
             <SessionToken>token</SessionToken><Expiration>{until}</Expiration></Credentials>\
             </AssumeRoleResult></AssumeRoleResponse>"
        ),
    )
}

fn refused() -> String {
    let error = "<ErrorResponse><Error><Type>Sender</Type><Code>AccessDenied</Code>\
                 <Message>not authorized to perform: sts:AssumeRole</Message></Error></ErrorResponse>";
    answer("403 Forbidden", error)
}

type Variables<'a> = BTreeMap<&'a str, String>;

async fn open(settings: Settings, variables: &Variables<'_>) -> Result<Connection, Error> {
    Connection::open(settings, |name| variables.get(name).cloned()).await
}

fn keys() -> Settings {
    Settings {
        endpoint: Some("http://127.0.0.1:8000".to_owned()),
        access_key_id: Some("AKIDEXAMPLE".to_owned()),
        secret_access_key: Some("hidden".into()),
        ..Settings::default()
    }
}

fn profile(name: &str) -> Settings {
    Settings {
        endpoint: Some("http://127.0.0.1:8000".to_owned()),
        profile: Some(name.to_owned()),
        ..Settings::default()
    }
}

/// Variables that lead to a file of profiles.
fn files<'a>(folder: &Path, config: &str) -> Variables<'a> {
    let path = folder.join("config");
    std::fs::write(&path, config).unwrap();
    BTreeMap::from([("AWS_CONFIG_FILE", path.to_str().unwrap().to_owned())])
}

#[tokio::test]
async fn a_role_is_taken_on_with_keys() {
    let (url, server) = server(vec![given("ASIAONE", "2099-01-01T00:00:00Z")]);
    let settings = Settings {
        role_arn: Some(ROLE.to_owned()),
        external_id: Some("a b".to_owned()),
        region: Some("eu-west-1".to_owned()),
        ..keys()
    };
    let connection = open(settings, &[("AWS_ENDPOINT_URL_STS", url)].into()).await.unwrap();
    assert_eq!(connection.access_key_id(), "ASIAONE");
    assert_eq!(connection.account(), Some("210987654321"));
    let sent = &server.join().unwrap()[0];
    for part in [
        "Action=AssumeRole",
        "RoleArn=arn%3Aaws%3Aiam%3A%3A210987654321%3Arole%2Freader",
        "ExternalId=a%20b",
        "RoleSessionName=pixii-workbench",
        "Credential=AKIDEXAMPLE/",
        "/eu-west-1/sts/aws4_request",
    ] {
        assert!(sent.contains(part), "{part}: {sent}");
    }
}

#[tokio::test]
async fn a_role_is_taken_on_again_before_it_ends() {
    let (sts, _givers) = server(vec![
        given("ASIAOLD", "2020-01-01T00:00:00Z"),
        given("ASIANEW", "2099-01-01T00:00:00Z"),
    ]);
    let (url, tables) = server(vec![answer("200 OK", "{}"), answer("200 OK", "{}")]);
    let settings = Settings { role_arn: Some(ROLE.to_owned()), endpoint: Some(url), ..keys() };
    let connection = open(settings, &[("AWS_ENDPOINT_URL_STS", sts)].into()).await.unwrap();
    for _ in 0..2 {
        let reply = run(&connection, "Scan".parse().unwrap(), &Body::parse("").unwrap()).await;
        assert!(matches!(reply, Ok(Reply::Success(_))), "{reply:?}");
    }
    for sent in tables.join().unwrap() {
        assert!(sent.contains("Credential=ASIANEW/"), "{sent}");
    }
}

#[tokio::test]
async fn who_may_not_take_on_a_role_is_told_so() {
    let (url, _server) = server(vec![refused()]);
    let settings = Settings { role_arn: Some(ROLE.to_owned()), ..keys() };
    let error = open(settings, &[("AWS_ENDPOINT_URL_STS", url)].into()).await.unwrap_err();
    assert!(
        error.to_string().starts_with(
            "The role arn:aws:iam::210987654321:role/reader was not given: AccessDenied: not \
             authorized to perform: sts:AssumeRole; check its trust policy"
        ),
        "{error}"
    );
    let wrong = Settings { role_arn: Some("reader".to_owned()), ..keys() };
    let error = open(wrong, &Variables::new()).await.unwrap_err();
    assert!(error.to_string().starts_with("\"reader\" is not a role"), "{error}");
}

#[tokio::test]
async fn a_profile_gives_keys_and_a_region() {
    let folder = tempfile::tempdir().unwrap();
    let config = "[profile work]\nregion = ap-south-1\naws_access_key_id = AKIAWORK\n\
                  aws_secret_access_key = hidden\n";
    let mut variables = files(folder.path(), config);
    let connection = open(profile("work"), &variables).await.unwrap();
    assert_eq!((connection.access_key_id(), connection.region()), ("AKIAWORK", "ap-south-1"));

    // The environment's Region comes before the profile's, and a named profile before the environment's keys.
    variables.insert("AWS_REGION", "eu-west-1".to_owned());
    variables.insert("AWS_ACCESS_KEY_ID", "AKIAOTHER".to_owned());
    variables.insert("AWS_SECRET_ACCESS_KEY", "hidden".to_owned());
    variables.insert("AWS_PROFILE", "nobody".to_owned());
    let connection = open(profile("work"), &variables).await.unwrap();
    assert_eq!((connection.access_key_id(), connection.region()), ("AKIAWORK", "eu-west-1"));
    let connection = open(profile(""), &variables).await.unwrap();
    assert_eq!(connection.access_key_id(), "AKIAOTHER");
}

#[tokio::test]
async fn the_profile_of_the_environment_is_taken_where_an_endpoint_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let config = "[profile work]\naws_access_key_id = AKIAWORK\naws_secret_access_key = hidden\n\
                  [default]\naws_access_key_id = AKIADEFAULT\naws_secret_access_key = hidden\n";
    let mut variables = files(folder.path(), config);
    let amazon = || Settings {
        endpoint: Some("aws".to_owned()),
        region: Some("eu-west-1".to_owned()),
        ..Settings::default()
    };
    let key = async |settings, variables: &Variables<'_>| {
        open(settings, variables).await.unwrap().access_key_id().to_owned()
    };
    assert_eq!(key(amazon(), &variables).await, "AKIADEFAULT");
    variables.insert("AWS_PROFILE", "work".to_owned());
    assert_eq!(key(amazon(), &variables).await, "AKIAWORK");
    assert_eq!(key(profile(""), &variables).await, "AKIAWORK");
    assert_eq!(key(Settings::default(), &variables).await, "pixii");
}

#[tokio::test]
async fn a_profile_takes_on_a_role_with_another_profile() {
    let (url, server) = server(vec![given("ASIAONE", "2099-01-01T00:00:00Z")]);
    let folder = tempfile::tempdir().unwrap();
    let config = format!(
        "[profile base]\naws_access_key_id = AKIABASE\naws_secret_access_key = hidden\n\
         [profile reader]\nrole_arn = {ROLE}\nexternal_id = x1\nsource_profile = base\n\
         services = here\n[services here]\nsts =\n  endpoint_url = {url}\n"
    );
    let mut variables = files(folder.path(), &config);
    variables.insert("AWS_PROFILE", "reader".to_owned());
    let connection = open(profile("reader"), &variables).await;
    let connection = connection.unwrap();
    assert_eq!(connection.access_key_id(), "ASIAONE");
    let sent = &server.join().unwrap()[0];
    assert!(sent.contains("Credential=AKIABASE/") && sent.contains("ExternalId=x1"), "{sent}");
}

#[tokio::test]
async fn a_profile_may_ask_a_program() {
    let folder = tempfile::tempdir().unwrap();
    let config = "[profile asks]\ncredential_process = echo \
                  '{\"Version\": 1, \"AccessKeyId\": \"AKIAASKED\", \"SecretAccessKey\": \"hidden\"}'\n\
                  [profile fails]\ncredential_process = false\n";
    let variables = files(folder.path(), config);
    let connection = open(profile("asks"), &variables).await.unwrap();
    assert_eq!(connection.access_key_id(), "AKIAASKED");
    let error = open(profile("fails"), &variables).await.unwrap_err().to_string();
    let beginning = "The AWS profile \"fails\" gives no credentials: Error retrieving credentials: external process";
    assert!(error.starts_with(beginning), "{error}");
}

#[tokio::test]
async fn what_is_wrong_with_a_profile_is_said() {
    let folder = tempfile::tempdir().unwrap();
    let config = "[profile empty]\nregion = eu-west-1\n[profile person]\nsso_session = nowhere\n\
                  sso_account_id = 210987654321\nsso_role_name = reader\n\
                  [sso-session nowhere]\nsso_start_url = https://nowhere.invalid/start\nsso_region = eu-west-1\n";
    let variables = files(folder.path(), config);
    let check = async |name: &str, expected: &[&str]| {
        let error = open(profile(name), &variables).await.unwrap_err().to_string();
        for part in expected {
            assert!(error.contains(part), "{part}: {error}");
        }
    };
    check("empyt", &["There is no AWS profile \"empyt\"; did you mean empty?"]).await;
    check("xyzzy", &["There is no AWS profile \"xyzzy\"; they stand in ~/.aws/config and"]).await;
    check("empty", &["The AWS profile \"empty\" gives no credentials"]).await;
    check("person", &[". Sign in with: aws sso login --profile person"]).await;
    let error = Connection::new(profile("empty"), |_| None).unwrap_err();
    assert!(matches!(error, Error::Unopened), "{error}");
}
