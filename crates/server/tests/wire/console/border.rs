//! What the console does not let in, or out.

use serde_json::{Value, json};

use super::{API, Browser, call, code, create_table, place, remote, saved_query};
use crate::certificate::{Authority, TlsClient, options};
use crate::client::{Client, KEY_ID, Request, SECRET, TestServer};

#[tokio::test]
async fn strangers_have_no_large_body_taken_in_and_nobody_one_that_is_too_large() {
    let server = TestServer::start().await;
    let browser = Browser::open(&server).await;
    let large = vec![b' '; 16 * 1024 * 1024 + 1];
    let request = browser.request("ListQueries", &json!({})).body(large);
    assert_eq!(code(&server.ask(&request).await), "TooLarge");
    let mut stranger = server.connect().await;
    stranger.send(request.without("Cookie").head().as_bytes()).await;
    // It hears so before it has sent any of its body.
    assert_eq!(code(&stranger.reply().await), "NotSignedIn");
}

#[tokio::test]
async fn over_tls_the_cookie_goes_over_nothing_else() {
    let folder = tempfile::tempdir().unwrap();
    let authority = Authority::new(folder.path());
    let server = TestServer::start_with(options(&authority)).await;
    let client = TlsClient::new(&authority.file());
    let mut client = Client::on(client.connect(server.address).await.unwrap());
    let host = server.address.to_string();
    let request = Request::bare(&format!("POST {API}Session"))
        .with("Host", &host)
        .with("Origin", &format!("https://{host}"))
        .with("Content-Type", "application/json");
    let reply = client.ask(&request).await;
    assert!(reply.header("set-cookie").unwrap().ends_with("; Secure"));
    let page = client.ask(&Request::bare("GET /_pixii/console/")).await;
    assert!(page.header("strict-transport-security").is_some());
}

#[tokio::test]
async fn files_that_a_browser_has_are_not_sent_again() {
    let server = TestServer::start().await;
    let request = Request::bare("GET /_pixii/console/model.json");
    let first = server.ask(&request).await;
    let tag = first.header("etag").unwrap();
    let second = server.ask(&request.clone().with("If-None-Match", tag)).await;
    assert_eq!((second.status, second.body.len()), (304, 0));
    assert_eq!(server.ask(&request.with("If-None-Match", "W/\"another\"")).await.status, 200);
}

#[tokio::test]
async fn a_table_whose_name_holds_a_dot_has_a_page() {
    let server = TestServer::start().await;
    let page = Request::bare("GET /_pixii/console/tables/my.table");
    assert_eq!(server.ask(&page.clone().with("Accept", "text/html")).await.status, 200);
    assert_eq!(server.ask(&page).await.status, 404);
    let file = Request::bare("GET /_pixii/console/assets/none.js").with("Accept", "text/html");
    assert_eq!(server.ask(&file).await.status, 404);
}

#[tokio::test]
async fn another_account_is_no_way_round_a_lock() {
    let server = TestServer::start().await;
    let browser = Browser::open(&server).await;
    browser.done("SaveConnection", json!({"id": "local", "isReadOnly": true})).await;
    for account in ["123456789012", "111122223333"] {
        let at = json!({"connection": "local", "account": account});
        let put = json!({"place": at, "command": "DeleteTable", "request": {"TableName": "users"}});
        assert_eq!(code(&browser.ask("Send", put).await), "Locked", "{account}");
    }
}

#[tokio::test]
async fn a_connection_elsewhere_is_locked_for_pages_and_programs() {
    let (server, other) = (TestServer::start().await, TestServer::start().await);
    let browser = Browser::open(&server).await;
    let mut wanted = remote(&other.address);
    wanted["isReadOnly"] = json!(true);
    let saved = browser.done("SaveConnection", wanted).await;
    let id = saved["connection"]["id"].as_str().unwrap();
    let request = json!({"TableName": "users"});
    let send = json!({"place": {"connection": id}, "command": "DeleteTable", "request": request, "isConfirmed": true});
    assert_eq!(code(&browser.ask("Send", send).await), "Locked");
    let mut query = saved_query("DeleteTable", &request.to_string());
    query["connection"] = json!(id);
    let query = browser.done("SaveQuery", query).await["query"].clone();
    let made = browser.done("CreateEndpoint", json!({"id": query["id"]})).await;
    let path = made["query"]["endpoint"]["path"].as_str().unwrap();
    let refused = call(&server, path, made["token"].as_str().unwrap(), &json!({})).await;
    assert_eq!((refused.status, code(&refused).as_str()), (409, "Locked"));
}

#[tokio::test]
async fn a_session_token_is_not_sent_to_another_endpoint_than_it_was_given_for() {
    let server = TestServer::start().await;
    let browser = Browser::open(&server).await;
    let mut wanted = remote(&server.address);
    wanted["credentials"]["sessionToken"] = json!("token-never-shown");
    let saved = browser.ask("SaveConnection", wanted.clone()).await;
    assert!(!saved.text().contains("never-shown"));
    let connection = saved.json()["connection"].clone();
    assert_eq!(connection["credentials"]["hasSessionToken"], true);
    wanted["id"] = connection["id"].clone();
    wanted["credentials"] = json!({"kind": "keys", "accessKeyId": KEY_ID});
    browser.done("SaveConnection", wanted.clone()).await;
    wanted["endpoint"] = json!("http://elsewhere.example");
    for name in ["SaveConnection", "TestConnection"] {
        assert_eq!(code(&browser.ask(name, wanted.clone()).await), "Malformed", "{name}");
    }
}

#[tokio::test]
async fn a_connection_is_to_a_place_that_there_can_be() {
    let server = TestServer::start().await;
    let browser = Browser::open(&server).await;
    for (member, wrong) in [
        ("endpoint", "ftp://example.com"),
        ("endpoint", "file:///etc/passwd"),
        ("endpoint", "http://user:password@example.com"),
        ("endpoint", ""),
        ("region", "../x"),
        ("name", ""),
        ("name", "a\nb"),
    ] {
        let mut wanted = remote(&server.address);
        wanted[member] = json!(wrong);
        assert_eq!(code(&browser.ask("SaveConnection", wanted).await), "Malformed", "{wrong}");
    }
}

#[tokio::test]
async fn sessions_and_endpoints_end_with_their_key() {
    let server = TestServer::start_with(TestServer::options_with_credentials()).await;
    let root = Browser::sign_in(&server).await;
    let admin = |command: &str, body: Value| json!({"command": command, "body": body});
    let user = json!({"UserName": "ada", "IsAdministrator": true, "CreateAccessKey": true});
    let key = root.done("Admin", admin("CreateUser", user)).await["AccessKey"].clone();
    let keys =
        json!({"accessKeyId": key["AccessKeyId"], "secretAccessKey": key["SecretAccessKey"]});
    let ada = Browser::begin(&server, "Login", &keys).await;
    let query = ada.done("SaveQuery", saved_query("ListTables", "{}")).await["query"].clone();
    let made = ada.done("CreateEndpoint", json!({"id": query["id"]})).await;
    assert_eq!(made["query"]["endpoint"]["actsAs"], "ada");
    let path = made["query"]["endpoint"]["path"].as_str().unwrap();
    let token = made["token"].as_str().unwrap();
    let status = |status: &str| json!({"UserName": "ada", "AccessKeyId": key["AccessKeyId"], "Status": status});
    for (state, expected) in [("Active", 200), ("Inactive", 401), ("Active", 200)] {
        root.done("Admin", admin("UpdateAccessKey", status(state))).await;
        assert_eq!(call(&server, path, token, &json!({})).await.status, expected, "{state}");
        assert_eq!(ada.ask("ListQueries", json!({})).await.status, expected, "{state}");
    }
    let deleted = json!({"UserName": "ada", "AccessKeyId": key["AccessKeyId"]});
    root.done("Admin", admin("DeleteAccessKey", deleted)).await;
    assert_eq!(call(&server, path, token, &json!({})).await.status, 401);
    assert_eq!(
        code(&ada.ask("FormatItems", json!({"items": "[]", "format": "csv"})).await),
        "NotSignedIn"
    );
}

#[tokio::test]
async fn who_signs_in_again_ends_the_session_before() {
    let server = TestServer::start_with(TestServer::options_with_credentials()).await;
    let first = Browser::sign_in(&server).await;
    let keys = json!({"accessKeyId": KEY_ID, "secretAccessKey": SECRET});
    let again = first.done("Login", keys).await;
    assert_ne!(again["csrf"], first.csrf);
    assert_eq!(code(&first.ask("ListQueries", json!({})).await), "NotSignedIn");
}

#[tokio::test]
async fn a_parameter_is_by_default_what_was_typed() {
    let server = TestServer::start().await;
    let browser = Browser::open(&server).await;
    create_table(&browser).await;
    let text = r#"{"TableName": "users", "Item": {"id": {{ id }}, "name": {{ name }}}}"#;
    let mut wanted = saved_query("PutItem", text);
    wanted["parameters"] = json!([{"name": "name", "default": "it's"}, {"name": "id", "default": " 12345678901234567890 "}]);
    let query = browser.done("SaveQuery", wanted).await["query"].clone();
    let made = browser.done("CreateEndpoint", json!({"id": query["id"]})).await;
    let path = made["query"]["endpoint"]["path"].as_str().unwrap();
    let reply = call(&server, path, made["token"].as_str().unwrap(), &json!({})).await;
    assert_eq!(reply.line(), "200 {}");
    let scan = json!({"place": place(), "command": "Scan", "request": {"TableName": "users"}});
    assert_eq!(
        browser.done("Send", scan).await["reply"]["Items"],
        json!([{"id": {"N": "12345678901234567890"}, "name": {"S": "it's"}}])
    );
}
