//! The web console: who may ask it, what it keeps to itself, and what it asks others.

mod border;
mod patience;

use pixii_server::Options;
use serde_json::{Value, json};

use crate::client::{KEY_ID, Reply, Request, SECRET, TestServer, gunzip};

const API: &str = "/_pixii/console/api/";

/// A browser with the console's page.
struct Browser<'a> {
    server: &'a TestServer,
    cookie: String,
    csrf: String,
}

/// What a page of the console asks, before it has a session.
fn asked(server: &TestServer, name: &str, body: &Value) -> Request {
    let host = server.address.to_string();
    Request::bare(&format!("POST {API}{name}"))
        .with("Host", &host)
        .with("Origin", &format!("http://{host}"))
        .with("Content-Type", "application/json")
        .body(body.to_string())
}

impl<'a> Browser<'a> {
    /// A page that has begun a session, with `name` (`Session` or `Login`).
    async fn begin(server: &'a TestServer, name: &str, body: &Value) -> Self {
        let reply = server.ask(&asked(server, name, body)).await;
        assert_eq!(reply.status, 200, "{}", reply.line());
        let cookie = reply.header("set-cookie").unwrap().split(';').next().unwrap().to_owned();
        let csrf = reply.json()["csrf"].as_str().unwrap().to_owned();
        Self { server, cookie, csrf }
    }

    async fn open(server: &'a TestServer) -> Self {
        Self::begin(server, "Session", &json!({})).await
    }

    async fn sign_in(server: &'a TestServer) -> Self {
        let keys = json!({"accessKeyId": KEY_ID, "secretAccessKey": SECRET});
        Self::begin(server, "Login", &keys).await
    }

    fn request(&self, name: &str, body: &Value) -> Request {
        asked(self.server, name, body).with("Cookie", &self.cookie).with("X-Pixii-Csrf", &self.csrf)
    }

    async fn ask(&self, name: &str, body: Value) -> Reply {
        self.server.ask(&self.request(name, &body)).await
    }

    /// What is answered to what must be done.
    async fn done(&self, name: &str, body: Value) -> Value {
        let reply = self.ask(name, body).await;
        assert_eq!(reply.status, 200, "{name}: {}", reply.line());
        reply.json()
    }
}

fn code(reply: &Reply) -> String {
    reply.json()["error"]["code"].as_str().unwrap_or_default().to_owned()
}

#[tokio::test]
async fn a_browser_is_led_to_the_console_and_others_hear_that_all_is_well() {
    let server = TestServer::start().await;
    let reply = server.ask(&Request::bare("GET /").with("Accept", "text/html,*/*")).await;
    assert_eq!((reply.status, reply.header("location")), (302, Some("/_pixii/console/")));
    let reply = server.ask(&Request::bare("GET /")).await;
    assert!(reply.text().starts_with("healthy"));
}

#[tokio::test]
async fn a_page_allows_nothing_of_elsewhere_and_no_two_are_alike() {
    let server = TestServer::start().await;
    let first = server.ask(&Request::bare("GET /_pixii/console/")).await;
    let second = server.ask(&Request::bare("GET /_pixii/console/connections")).await;
    let policy = |reply: &Reply| reply.header("content-security-policy").unwrap().to_owned();
    assert_ne!(policy(&first), policy(&second));
    assert!(policy(&first).starts_with("default-src 'none'; script-src 'self'; "));
    assert!(policy(&first).contains("frame-ancestors 'none'"));
    assert!(!policy(&first).contains("unsafe"));
    assert!(!first.text().contains("__NONCE__"));
    for (name, value) in [
        ("cache-control", "no-store"),
        ("x-content-type-options", "nosniff"),
        ("referrer-policy", "no-referrer"),
        ("cross-origin-opener-policy", "same-origin"),
    ] {
        assert_eq!(first.header(name), Some(value), "{name}");
    }
}

#[tokio::test]
async fn files_are_compressed_and_kept_and_there_are_no_others() {
    let server = TestServer::start().await;
    let page = server.ask(&Request::bare("GET /_pixii/console/")).await;
    let script = page.text().split("src=\"").nth(1).and_then(|rest| rest.split('"').next());
    let script =
        script.unwrap_or_else(|| panic!("the console is built: {}", page.text())).to_owned();
    let request = Request::bare(&format!("GET {script}"));
    let plain = server.ask(&request).await;
    let packed = server.ask(&request.with("Accept-Encoding", "gzip")).await;
    assert_eq!(packed.header("content-encoding"), Some("gzip"));
    assert_eq!(gunzip(&packed.body), plain.body);
    assert_eq!(plain.header("content-type"), Some("text/javascript"));
    assert!(plain.header("cache-control").unwrap().contains("immutable"));
    for path in [
        "../Cargo.toml",
        "assets/../../build.rs",
        "..%2fbuild.rs",
        "assets/none.js",
        "//etc/passwd.txt",
    ] {
        let reply = server.ask(&Request::bare(&format!("GET /_pixii/console/{path}"))).await;
        assert_eq!(reply.status, 404, "{path}");
    }
    let model = server.ask(&Request::bare("GET /_pixii/console/model.json")).await.json();
    assert!(model["built"].as_array().unwrap().contains(&json!("GetItem")));
    assert!(!model["built"].as_array().unwrap().contains(&json!("ExecuteStatement")));
}

#[tokio::test]
async fn only_the_consoles_own_pages_may_ask() {
    let server = TestServer::start().await;
    let browser = Browser::open(&server).await;
    let request = browser.request("ListQueries", &json!({}));
    assert_eq!(server.ask(&request).await.status, 200);
    for origin in ["https://example.com", "null", "http://127.0.0.1:1"] {
        let reply = server.ask(&request.clone().with("Origin", origin)).await;
        assert_eq!((reply.status, code(&reply).as_str()), (403, "Foreign"), "{origin}");
    }
    assert_eq!(server.ask(&request.clone().without("Origin")).await.status, 403);
    // A name that is made to point at this machine.
    let rebound =
        request.clone().with("Host", "evil.example").with("Origin", "http://evil.example");
    assert_eq!(server.ask(&rebound).await.status, 403);
    for sign in ["", "wrong", &browser.csrf[1..]] {
        let reply = server.ask(&request.clone().with("X-Pixii-Csrf", sign)).await;
        assert_eq!((reply.status, code(&reply).as_str()), (403, "Csrf"));
    }
    assert_eq!(code(&server.ask(&request.clone().without("Cookie")).await), "NotSignedIn");
    let form = request.with("Content-Type", "text/plain");
    assert_eq!(code(&server.ask(&form).await), "Malformed");
    assert_eq!(server.ask(&Request::bare(&format!("GET {API}ListQueries"))).await.status, 404);
}

#[tokio::test]
async fn a_session_is_a_cookie_that_no_script_reads_and_ends_when_it_is_told() {
    let server = TestServer::start_with(TestServer::options_with_credentials()).await;
    let nobody = server.ask(&asked(&server, "Session", &json!({}))).await;
    assert_eq!((nobody.json()["caller"].clone(), nobody.header("set-cookie")), (Value::Null, None));
    let keys = json!({"accessKeyId": KEY_ID, "secretAccessKey": SECRET});
    let reply = server.ask(&asked(&server, "Login", &keys)).await;
    let cookie = reply.header("set-cookie").unwrap();
    for part in ["HttpOnly", "SameSite=Strict", "Path=/_pixii/console"] {
        assert!(cookie.contains(part), "{cookie}");
    }
    assert!(!reply.text().contains(SECRET));
    let browser = Browser::sign_in(&server).await;
    assert_eq!(browser.done("Session", json!({})).await["caller"]["isRoot"], true);
    browser.done("Logout", json!({})).await;
    assert_eq!(code(&browser.ask("ListQueries", json!({})).await), "NotSignedIn");
}

#[tokio::test]
async fn who_has_not_the_secret_does_not_get_in_and_may_not_try_for_ever() {
    let server = TestServer::start_with(TestServer::options_with_credentials()).await;
    let attempt = |key: &str, secret: &str| {
        asked(&server, "Login", &json!({"accessKeyId": key, "secretAccessKey": secret}))
    };
    let wrong = server.ask(&attempt(KEY_ID, "another")).await;
    let unknown = server.ask(&attempt("AKIDUNKNOWN", SECRET)).await;
    assert_eq!((wrong.status, code(&wrong).as_str()), (401, "LoginFailed"));
    assert_eq!(wrong.text(), unknown.text());
    for _ in 0..18 {
        server.ask(&attempt(KEY_ID, "another")).await;
    }
    assert_eq!(server.ask(&attempt(KEY_ID, SECRET)).await.status, 429);
}

#[tokio::test]
async fn a_session_ends_with_its_key() {
    let server = TestServer::start().await;
    let open = Browser::open(&server).await;
    let administrator =
        json!({"UserName": "ada", "IsAdministrator": true, "CreateAccessKey": true});
    let made = open.done("Admin", json!({"command": "CreateUser", "body": administrator})).await;
    let key = &made["AccessKey"];
    // As soon as somebody can sign, nobody is let in who has not.
    assert_eq!(code(&open.ask("ListQueries", json!({})).await), "NotSignedIn");
    let keys =
        json!({"accessKeyId": key["AccessKeyId"], "secretAccessKey": key["SecretAccessKey"]});
    let ada = Browser::begin(&server, "Login", &keys).await;
    assert_eq!(ada.done("Session", json!({})).await["caller"]["name"], "ada");
    let off = json!({"UserName": "ada", "AccessKeyId": key["AccessKeyId"], "Status": "Inactive"});
    ada.done("Admin", json!({"command": "UpdateAccessKey", "body": off})).await;
    assert_eq!(code(&ada.ask("ListQueries", json!({})).await), "NotSignedIn");
}

fn place() -> Value {
    json!({"connection": "local"})
}

async fn create_table(browser: &Browser<'_>) {
    let table = json!({
        "TableName": "users", "BillingMode": "PAY_PER_REQUEST",
        "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
        "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "N"}],
    });
    browser
        .done("Send", json!({"place": place(), "command": "CreateTable", "request": table}))
        .await;
}

#[tokio::test]
async fn a_query_is_prepared_run_and_explained() {
    let server = TestServer::start().await;
    let browser = Browser::open(&server).await;
    create_table(&browser).await;
    let put = r#"{"TableName": "users", "Item": {"id": 12345678901234567890, "tags": {"SS": ["a"]}, /* … */}}"#;
    let query = |command: &str, text: &str| json!({"place": place(), "command": command, "text": text, "mode": "auto"});
    let ran = browser.done("Run", query("PutItem", put)).await;
    assert_eq!(ran["outcome"], "success", "{ran}");
    assert_eq!(ran["prepared"]["writes"], true);
    let get = r#"{"TableName": "users", "Key": {"id": "12345678901234567890"}}"#;
    let ran = browser.done("Run", query("GetItem", get)).await;
    assert!(
        ran["success"]["plain"].as_str().unwrap().contains("\"id\": 12345678901234567890"),
        "{ran}"
    );
    let prepared = browser.done("Prepare", query("GetItem", get)).await;
    assert_eq!(
        prepared["sent"]["body"],
        r#"{"TableName":"users","Key":{"id":{"N":"12345678901234567890"}}}"#
    );
    assert_eq!(prepared["explain"]["summary"], "One item of users by its key");
    let update =
        r#"{"TableName": "users", "Key": {"id": 1}, "UpdateExpression": "set name = Ada"}"#;
    let ran = browser.done("Run", query("UpdateItem", update)).await;
    assert_eq!(ran["outcome"], "refused");
    let fix = &ran["prepared"]["fixes"][0];
    assert_eq!(
        (fix["id"].as_str(), fix["isRecommended"].as_bool()),
        (Some("expression"), Some(true))
    );
    let mended = query("UpdateItem", fix["steps"][0]["text"].as_str().unwrap());
    assert_eq!(browser.done("Run", mended).await["outcome"], "success");
    let broken = browser.done("Run", query("GetItem", "{\"TableName\": }")).await;
    assert_eq!(
        (broken["outcome"].as_str(), &broken["prepared"]["problems"][0]["position"]["column"]),
        (Some("invalid"), &json!(15))
    );
    let language = |language: &str| json!({"place": place(), "command": "GetItem", "text": get, "mode": "auto", "language": language});
    for name in ["aws-cli", "curl", "python", "javascript", "rust"] {
        let code =
            browser.done("MakeCode", language(name)).await["code"].as_str().unwrap().to_owned();
        assert!(code.contains("12345678901234567890"), "{code}");
    }
    let template = json!({"place": place(), "command": "GetItem", "table": "users"});
    let template = browser.done("Template", template).await["text"].as_str().unwrap().to_owned();
    assert!(template.contains("\"id\": { \"N\": \"1\" }"), "{template}");
}

#[tokio::test]
async fn a_connection_that_is_locked_or_asks_holds_back_what_writes() {
    let server = TestServer::start().await;
    let browser = Browser::open(&server).await;
    create_table(&browser).await;
    let guard = |read_only: bool, asks: bool| json!({"id": "local", "name": "", "isReadOnly": read_only, "asksBeforeWriting": asks});
    let item = json!({"TableName": "users", "Item": {"id": {"N": "1"}}});
    let put = json!({"place": place(), "command": "PutItem", "request": item});
    let confirmed =
        json!({"place": place(), "command": "PutItem", "request": item, "isConfirmed": true});
    let run =
        json!({"place": place(), "command": "PutItem", "text": item.to_string(), "mode": "auto"});
    browser.done("SaveConnection", guard(true, false)).await;
    assert_eq!(code(&browser.ask("Send", confirmed.clone()).await), "Locked");
    assert_eq!(browser.done("Run", run.clone()).await["outcome"], "locked");
    let scan = json!({"place": place(), "command": "Scan", "request": {"TableName": "users"}});
    assert_eq!(browser.done("Send", scan.clone()).await["reply"]["Count"], 0);
    browser.done("SaveConnection", guard(false, true)).await;
    assert_eq!(code(&browser.ask("Send", put).await), "Confirm");
    assert_eq!(browser.done("Run", run).await["outcome"], "confirm");
    browser.done("Send", confirmed).await;
    assert_eq!(browser.done("Send", scan).await["reply"]["Count"], 1);
}

fn remote(address: &std::net::SocketAddr) -> Value {
    json!({
        "name": "other", "endpoint": format!("http://{address}"), "region": "eu-west-1",
        "credentials": {"kind": "keys", "accessKeyId": KEY_ID, "secretAccessKey": "never-shown-again"},
    })
}

#[tokio::test]
async fn a_connection_reaches_elsewhere_and_keeps_its_secret() {
    let (server, other) = (TestServer::start().await, TestServer::start().await);
    let browser = Browser::open(&server).await;
    let saved = browser.ask("SaveConnection", remote(&other.address)).await;
    assert_eq!(saved.status, 200, "{}", saved.line());
    let connection = saved.json()["connection"].clone();
    let listed = browser.ask("ListConnections", json!({})).await;
    assert!(!saved.text().contains("never-shown") && !listed.text().contains("never-shown"));
    let id = connection["id"].as_str().unwrap();
    let at = json!({"connection": id});
    browser.done("Send", json!({"place": at, "command": "ListTables", "request": {}})).await;
    let tested = browser.done("TestConnection", json!({"id": id})).await;
    assert_eq!(tested["isOk"], true, "{tested}");
    // The secret stays as it was for the same key, and must be given for another one.
    let mut changed = remote(&other.address);
    changed["id"] = connection["id"].clone();
    changed["version"] = connection["version"].clone();
    changed["credentials"] = json!({"kind": "keys", "accessKeyId": KEY_ID});
    browser.done("SaveConnection", changed.clone()).await;
    assert_eq!(code(&browser.ask("SaveConnection", changed.clone()).await), "Changed");
    changed["version"] = Value::Null;
    changed["credentials"]["accessKeyId"] = json!("AKIDANOTHER");
    assert_eq!(code(&browser.ask("SaveConnection", changed).await), "Malformed");
    browser.done("DeleteConnection", json!({"id": id})).await;
    let gone =
        browser.ask("Send", json!({"place": at, "command": "ListTables", "request": {}})).await;
    assert_eq!(code(&gone), "NotFound");
}

#[tokio::test]
async fn a_server_that_anybody_reaches_connects_to_nothing() {
    let options =
        Options { listen: "0.0.0.0:0".parse().unwrap(), insecure: true, ..TestServer::options() };
    let mut server = TestServer::start_with(options).await;
    server.address = format!("127.0.0.1:{}", server.address.port()).parse().unwrap();
    let browser = Browser::open(&server).await;
    assert_eq!(browser.done("Session", json!({})).await["mayConnect"], false);
    for name in ["SaveConnection", "TestConnection"] {
        assert_eq!(code(&browser.ask(name, remote(&server.address)).await), "Closed");
    }
}

#[tokio::test]
async fn a_user_connects_and_saves_only_where_a_policy_says_so() {
    let server = TestServer::start_with(TestServer::options_with_credentials()).await;
    let root = Browser::sign_in(&server).await;
    let user = json!({"UserName": "app", "CreateAccessKey": true});
    let made = root.done("Admin", json!({"command": "CreateUser", "body": user})).await;
    let key = &made["AccessKey"];
    let keys =
        json!({"accessKeyId": key["AccessKeyId"], "secretAccessKey": key["SecretAccessKey"]});
    let app = Browser::begin(&server, "Login", &keys).await;
    assert_eq!(code(&app.ask("SaveConnection", remote(&server.address)).await), "Denied");
    assert_eq!(code(&app.ask("SaveQuery", saved_query("ListTables", "{}")).await), "Denied");
    assert_eq!(code(&app.ask("Metrics", json!({})).await), "Denied");
    let refused =
        app.done("Send", json!({"place": place(), "command": "ListTables", "request": {}})).await;
    assert_eq!(refused["exception"], "AccessDeniedException");
    let policy = json!({"Statement": {"Effect": "Allow", "Action": "pixii:SaveConnection", "Resource": "*"}});
    let put = json!({"UserName": "app", "PolicyName": "connect", "PolicyDocument": policy});
    root.done("Admin", json!({"command": "PutUserPolicy", "body": put})).await;
    let connection =
        app.done("SaveConnection", remote(&server.address)).await["connection"].clone();
    // To make one is not yet to use it.
    let at =
        json!({"place": {"connection": connection["id"]}, "command": "ListTables", "request": {}});
    assert_eq!(code(&app.ask("Send", at).await), "Denied");
    assert_eq!(
        app.done("ListConnections", json!({})).await["connections"].as_array().unwrap().len(),
        1
    );
}

fn saved_query(command: &str, text: &str) -> Value {
    json!({"name": "mine", "connection": "local", "command": command, "text": text, "mode": "auto"})
}

async fn call(server: &TestServer, path: &str, token: &str, parameters: &Value) -> Reply {
    let request = Request::bare(&format!("POST {path}"))
        .with("Authorization", &format!("Bearer {token}"))
        .body(parameters.to_string());
    server.ask(&request).await
}

#[tokio::test]
async fn a_saved_query_is_an_endpoint_for_who_has_its_token() {
    let server = TestServer::start().await;
    let browser = Browser::open(&server).await;
    create_table(&browser).await;
    let text = r#"{"TableName": "users", "Item": {"id": {{ id }}, "name": {{ name }}}}"#;
    let mut wanted = saved_query("PutItem", text);
    wanted["parameters"] = json!([{"name": "name", "default": "\"nobody\""}]);
    let query = browser.done("SaveQuery", wanted).await["query"].clone();
    let made = browser.done("CreateEndpoint", json!({"id": query["id"]})).await;
    let (path, token) =
        (made["query"]["endpoint"]["path"].as_str().unwrap(), made["token"].as_str().unwrap());
    let injected = json!({"id": 1, "name": "\", \"admin\": true, \"x\": \""});
    assert_eq!(call(&server, path, token, &injected).await.status, 200);
    assert_eq!(call(&server, path, token, &json!({"id": 2})).await.line(), "200 {}");
    let scan = json!({"place": place(), "command": "Scan", "request": {"TableName": "users"}});
    let items = browser.done("Send", scan).await["reply"]["Items"].to_string();
    assert!(!items.contains("\"admin\":") && items.contains("nobody"), "{items}");
    assert_eq!(call(&server, path, token, &json!({"ids": 1})).await.status, 400);
    assert_eq!(call(&server, path, token, &json!({})).await.status, 400);
    let strange = call(&server, path, token, &json!({"id": "x"})).await;
    assert_eq!((strange.status, code(&strange).as_str()), (400, "ValidationException"));
    for wrong in ["", "pixii_query_x", &token[1..]] {
        assert_eq!(call(&server, path, wrong, &json!({"id": 3})).await.status, 401, "{wrong}");
    }
    // A new token takes the place of the old one.
    let again = browser.done("CreateEndpoint", json!({"id": query["id"]})).await;
    assert_eq!(call(&server, path, token, &json!({"id": 3})).await.status, 401);
    let token = again["token"].as_str().unwrap();
    assert_eq!(call(&server, path, token, &json!({"id": 3})).await.status, 200);
    let listed = browser.ask("ListQueries", json!({})).await;
    assert!(!listed.text().contains(token) && !listed.text().contains("tokenHash"));
    browser.done("DeleteEndpoint", json!({"id": query["id"]})).await;
    assert_eq!(call(&server, path, token, &json!({"id": 3})).await.status, 401);
}

#[tokio::test]
async fn an_endpoint_acts_as_who_made_it_and_ends_when_another_changes_its_query() {
    let server = TestServer::start_with(TestServer::options_with_credentials()).await;
    let root = Browser::sign_in(&server).await;
    let query = root.done("SaveQuery", saved_query("ListTables", "{}")).await["query"].clone();
    let made = root.done("CreateEndpoint", json!({"id": query["id"]})).await;
    let (path, token) =
        (made["query"]["endpoint"]["path"].as_str().unwrap(), made["token"].as_str().unwrap());
    assert_eq!(call(&server, path, token, &json!({})).await.status, 200);
    let user = json!({"UserName": "ada", "IsAdministrator": true, "CreateAccessKey": true});
    let key = root.done("Admin", json!({"command": "CreateUser", "body": user})).await["AccessKey"]
        .clone();
    let keys =
        json!({"accessKeyId": key["AccessKeyId"], "secretAccessKey": key["SecretAccessKey"]});
    let ada = Browser::begin(&server, "Login", &keys).await;
    let mut changed = saved_query("DeleteTable", r#"{"TableName": "users"}"#);
    changed["id"] = query["id"].clone();
    assert_eq!(ada.done("SaveQuery", changed).await["query"]["endpoint"], Value::Null);
    assert_eq!(call(&server, path, token, &json!({})).await.status, 401);
}

#[tokio::test]
async fn what_is_no_request_is_told_so() {
    let server = TestServer::start().await;
    let browser = Browser::open(&server).await;
    for (name, body) in [
        ("Run", json!({})),
        ("Run", json!({"place": place(), "command": "Nothing", "text": "{}", "mode": "auto"})),
        (
            "Send",
            json!({"place": {"connection": "local", "region": "../x"}, "command": "Scan", "request": {}}),
        ),
        (
            "Send",
            json!({"place": {"connection": "local", "account": "1"}, "command": "Scan", "request": {}}),
        ),
        ("SaveQuery", saved_query("Nothing", "{}")),
        ("ParseItems", json!({"place": place(), "table": "x", "format": "xml", "text": ""})),
    ] {
        let reply = browser.ask(name, body.clone()).await;
        assert_eq!((reply.status, code(&reply).as_str()), (400, "Malformed"), "{name} {body}");
    }
    assert_eq!(browser.ask("Nothing", json!({})).await.status, 404);
    assert_eq!(browser.ask("DeleteEndpoint", json!({"id": "none"})).await.status, 404);
}
