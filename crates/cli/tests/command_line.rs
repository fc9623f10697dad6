//! The command line: where options come from, how a server starts and ends, and how a query says what it got.

#![expect(clippy::unwrap_used, reason = "a test that fails here has failed")]
#![expect(clippy::indexing_slicing, reason = "a test that fails here has failed")]

#[expect(dead_code, reason = "other tests ask more of a client")]
mod client;
#[expect(dead_code, reason = "other tests ask more of the program")]
mod program;
#[expect(dead_code, reason = "other tests ask more of a server")]
mod server;

use std::fs;
use std::net::TcpListener;
use std::path::Path;
use std::process::Command;

use serde_json::{Value, json};

use client::{Client, table};
use program::{assert_fails, run, succeed, with_input};
use server::{Server, pixii, serve};

fn in_memory() -> Command {
    let mut command = pixii();
    command.args(["serve", "--listen", "127.0.0.1:0", "--in-memory"]);
    command
}

fn query(server: &Server) -> Command {
    let mut command = pixii();
    command.args(["query", "--endpoint", &server.url()]);
    command
}

fn connect(server: &Server) -> Client {
    Client::new(server.address).unwrap()
}

#[test]
fn the_line_printed_when_ready_names_address_and_folder() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("a").join("b");
    let server = Server::on(&data);
    let version = env!("CARGO_PKG_VERSION");
    let ready =
        format!("pixii {version} listens on {}, with its data in {}", server.url(), data.display());
    assert_eq!(server.ready, ready);
    assert_ne!(server.address.port(), 0);
    let server = Server::start(&mut in_memory());
    assert_eq!(
        server.ready,
        format!("pixii {version} listens on {}, with its data in memory", server.url())
    );
}

#[test]
fn the_command_line_counts_before_the_environment_and_that_before_the_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    let config = path("pixii.toml");
    let text = format!(
        "listen = \"127.0.0.1:0\"\ndata = {:?}\nlog = \"warn\"\nsample = false\n",
        path("file")
    );
    fs::write(&config, text).unwrap();
    let command = || {
        let mut command = pixii();
        command.args(["serve", "--config"]).arg(&config);
        command
    };
    let check = |command: &mut Command, expected: &str| {
        let server = Server::start(command);
        assert!(
            server.ready.ends_with(&format!(" in {}", path(expected).display())),
            "{}",
            server.ready
        );
        assert!(server.stop("TERM").success());
    };
    check(&mut command(), "file");
    check(command().env("PIXII_DATA", path("environment")), "environment");
    check(command().env("PIXII_DATA", path("environment")).arg("--data").arg(path("line")), "line");
    let mut by_environment = pixii();
    by_environment.arg("serve").env("PIXII_CONFIG", &config);
    check(&mut by_environment, "file");
}

#[test]
fn every_option_is_read_from_the_environment_and_from_a_file() {
    let folder = tempfile::tempdir().unwrap();
    let mut command = pixii();
    command.arg("serve").envs([
        ("PIXII_LISTEN", "127.0.0.1:0"),
        ("PIXII_IN_MEMORY", "true"),
        ("PIXII_DURABILITY", "relaxed"),
        ("PIXII_CACHE_BYTES", "1000000"),
        ("PIXII_ENFORCE_QUOTAS", "true"),
        ("PIXII_CREDENTIALS", "one:secret,two:secret"),
        ("PIXII_INSECURE", "true"),
        ("PIXII_CORS_ORIGIN", "https://a.example,https://b.example"),
        ("PIXII_SAMPLE", "true"),
        ("PIXII_LOG_FORMAT", "json"),
        ("PIXII_LOG", "debug"),
    ]);
    check_signed(&Server::start(&mut command));
    let config = folder.path().join("pixii.toml");
    let text = "listen = \"127.0.0.1:0\"\nin-memory = true\ndurability = \"relaxed\"\ncache-bytes = 1000000\nenforce-quotas = true\n\
                credentials = [\"one:secret\", \"two:secret\"]\ninsecure = true\nsample = true\n\
                cors-origin = [\"https://a.example\"]\nlog-format = \"json\"\nlog = \"debug\"\n";
    fs::write(&config, text).unwrap();
    check_signed(&Server::start(pixii().args(["serve", "--config"]).arg(&config)));
}

/// The server knows the keys `one` and `two`, and has the sample.
fn check_signed(server: &Server) {
    let list = |key, secret| {
        let mut command = query(server);
        command.args(["ListTables", "--access-key-id", key, "--secret-access-key", secret]);
        command
    };
    for key in ["one", "two"] {
        assert!(succeed(&mut list(key, "secret")).contains("airports"));
    }
    assert_fails(&mut list("one", "wrong"), 1, &["InvalidSignatureException"]);
    assert_fails(&mut list("three", "secret"), 1, &["UnrecognizedClientException"]);
    // Not even that is told to who has not signed rightly.
    let reply = connect(server).ask("ListTables", &json!({})).unwrap();
    assert_eq!(reply.status, 400);
    assert!(
        server.log().lines().any(|line| serde_json::from_str::<Value>(line).is_ok()),
        "{}",
        server.log()
    );
    assert!(!server.log().contains("secret"), "{}", server.log());
}

#[test]
fn a_region_lives_where_the_options_say() {
    /// The server is the home of eu-west-1, and of no other Region.
    fn check(server: &Server) {
        let list = |region| {
            let mut command = query(server);
            command.args(["ListTables", "--region", region]);
            command
        };
        succeed(&mut list("eu-west-1"));
        for region in ["us-east-1", "us-west-2"] {
            let texts = ["InvalidSignatureException", "scoped to a valid region", region];
            assert_fails(&mut list(region), 1, &texts);
        }
        assert!(!server.log().contains("hidden"), "{}", server.log());
    }
    check(&Server::start(in_memory().args([
        "--local-region",
        "eu-west-1",
        "--region-endpoint",
        "us-east-1=http://127.0.0.1:1",
        "--peer-credentials",
        "key:hidden",
    ])));
    check(&Server::start(in_memory().envs([
        ("PIXII_LOCAL_REGION", "eu-west-1,eu-west-2"),
        ("PIXII_REGION_ENDPOINT", "us-east-1=http://127.0.0.1:1,us-west-1=http://127.0.0.1:2"),
        ("PIXII_PEER_CREDENTIALS", "key:hidden"),
    ])));
    let folder = tempfile::tempdir().unwrap();
    let config = folder.path().join("pixii.toml");
    let text = "local-region = [\"eu-west-1\"]\nregion-endpoint = [\"us-east-1=http://127.0.0.1:1\"]\n\
                peer-credentials = \"key:hidden\"\n";
    fs::write(&config, text).unwrap();
    check(&Server::start(in_memory().arg("--config").arg(&config)));
    let without_others = Server::start(in_memory().args(["--region-endpoint", "a=http://[::1]:1"]));
    succeed(query(&without_others).args(["ListTables", "--region", "us-west-2"]));
    assert_fails(
        query(&without_others).args(["ListTables", "--region", "a"]),
        1,
        &["valid region"],
    );
}

#[test]
fn regions_that_do_not_go_together_are_refused() {
    let refused = |arguments: &[&str], texts: &[&str]| {
        assert_fails(in_memory().args(arguments), 1, texts);
    };
    let twice = ["--local-region", "a", "--region-endpoint", "a=http://b"];
    refused(&twice, &["--local-region", "--region-endpoint", "leave one of them out"]);
    refused(&["--region-endpoint", "a=http://b/c"], &["a=…", "https://pixii.example:8000"]);
    let one_key = ["--credentials", "key:one", "--peer-credentials", "key:two"];
    refused(&one_key, &["--peer-credentials", "a key id of their own"]);
    refused(&["--sample", "--local-region", "eu-west-1"], &["us-east-1", "--sample"]);
}

#[test]
fn tls_is_spoken_with_the_certificate_that_the_options_name() {
    /// The server speaks TLS, and who trusts this certificate believes it.
    #[track_caller]
    fn check(server: &Server, certificate: &Path) {
        assert!(server.ready.contains("listens on https://127.0.0.1:"), "{}", server.ready);
        let list = || {
            let mut command = pixii();
            let endpoint = format!("https://{}", server.address);
            command.args(["query", "--endpoint", &endpoint, "ListTables"]);
            command
        };
        assert!(succeed(list().env("SSL_CERT_FILE", certificate)).contains("TableNames"));
        assert_fails(&mut list(), 2, &["certificate"]);
        assert_fails(query(server).arg("ListTables"), 2, &[]);
    }
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let (certificate, key) = (data.join("tls-self-signed.pem"), data.join("tls-self-signed.key"));
    let server = Server::start(serve(&data).arg("--tls-self-signed"));
    let named = format!("its certificate in {}", certificate.display());
    assert!(server.ready.ends_with(&named), "{}", server.ready);
    check(&server, &certificate);
    drop(server);
    let on_line = ["--tls-certificate".as_ref(), &*certificate, "--tls-key".as_ref(), &*key];
    check(&Server::start(in_memory().args(on_line)), &certificate);
    let files = [("PIXII_TLS_CERTIFICATE", &certificate), ("PIXII_TLS_KEY", &key)];
    check(&Server::start(in_memory().envs(files)), &certificate);
    let config = folder.path().join("pixii.toml");
    let text = format!("tls-certificate = {certificate:?}\ntls-key = {key:?}\n");
    fs::write(&config, text).unwrap();
    check(&Server::start(in_memory().arg("--config").arg(&config)), &certificate);
    fs::write(&config, "tls-self-signed = true").unwrap();
    check(&Server::start(serve(&data).arg("--config").arg(&config)), &certificate);
    check(&Server::start(serve(&data).env("PIXII_TLS_SELF_SIGNED", "true")), &certificate);
}

#[test]
fn a_hangup_has_the_certificate_read_again() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let server = Server::start(serve(&data).arg("--tls-self-signed"));
    fs::write(data.join("tls-self-signed.pem"), "none").unwrap();
    let kill = format!("kill -HUP {}", server.id());
    assert!(Command::new("sh").args(["-c", &kill]).status().unwrap().success());
    while !server.log().contains("the one before stays") {
        std::thread::yield_now();
    }
    assert!(server.stop("TERM").success());
}

#[test]
fn only_who_the_options_let_in_is_served() {
    let is_closed = |command: &mut Command| {
        let server = Server::start(command);
        connect(&server).ask("ListTables", &json!({})).is_err()
    };
    for (option, variable, key) in [
        ("--allow-ip", "PIXII_ALLOW_IP", "allow-ip"),
        ("--proxy-protocol", "PIXII_PROXY_PROTOCOL", "proxy-protocol"),
    ] {
        let others = "10.0.0.0/8,192.0.2.1";
        // Allowed, it is served; as a proxy that says nothing it is not.
        let is_ours_closed = option == "--proxy-protocol";
        let ours = format!("{others},127.0.0.0/8");
        assert_eq!(is_closed(in_memory().args([option, others])), !is_ours_closed);
        assert_eq!(
            is_closed(in_memory().args([option, "10.0.0.0/8", option, "127.0.0.1"])),
            is_ours_closed
        );
        assert_eq!(is_closed(in_memory().env(variable, others)), !is_ours_closed);
        assert_eq!(is_closed(in_memory().env(variable, &ours)), is_ours_closed);
        let folder = tempfile::tempdir().unwrap();
        let config = folder.path().join("pixii.toml");
        fs::write(&config, format!("{key} = [\"192.0.2.1\", \"127.0.0.1\"]")).unwrap();
        assert_eq!(is_closed(in_memory().arg("--config").arg(&config)), is_ours_closed);
        assert_fails(
            in_memory().args([option, "10.0.0.0/33"]),
            1,
            &[option, "10.0.0.0/33", "10.0.0.0/8"],
        );
    }
}

#[test]
fn certificates_that_do_not_go_together_are_refused() {
    let refused = |arguments: &[&str], texts: &[&str]| {
        assert_fails(in_memory().args(arguments), 1, texts);
    };
    refused(&["--tls-certificate", "a"], &["--tls-key FILE"]);
    refused(&["--tls-key", "a"], &["--tls-certificate FILE"]);
    refused(&["--peer-certificate", "a"], &["--peer-key FILE"]);
    refused(&["--peer-key", "a"], &["--peer-certificate FILE"]);
    let both = ["--tls-self-signed", "--tls-certificate", "a", "--tls-key", "b"];
    refused(&both, &["--tls-self-signed", "leave one of them out"]);
    refused(&["--tls-certificate", "/none.pem", "--tls-key", "b"], &["/none.pem", "No such file"]);
    refused(&["--peer-ca", "/none.pem"], &["--peer-ca", "--tls-certificate"]);
    let clear = ["--tls-self-signed", "--peer-ca", "a", "--region-endpoint", "a=http://b"];
    refused(&clear, &["https://"]);
}

#[test]
fn options_that_are_wrong_are_refused_with_the_reason() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let on_line =
        |arguments: &[&str], texts: &[&str]| assert_fails(serve(&data).args(arguments), 2, texts);
    on_line(&["--dta", "x"], &["--dta", "--data", "--help"]);
    on_line(&["--durability", "maybe"], &["maybe", "sync", "relaxed"]);
    on_line(&["--in-memory"], &["--in-memory", "--data"]);
    on_line(&["--cache-bytes", "many"], &["--cache-bytes", "many"]);
    assert_fails(pixii().args(["serve", "--listen", "8000"]), 2, &["--listen", "8000"]);
    assert_fails(serve(&data).env("PIXII_DURABILITY", "maybe"), 2, &["maybe", "sync", "relaxed"]);
    assert_fails(serve(&data).args(["--log", "storage=loud"]), 1, &["--log"]);
    assert_fails(serve(&data).args(["--config", "/none.toml"]), 1, &["/none.toml", "No such file"]);
    let in_file = |text: &str, texts: &[&str]| {
        let config = folder.path().join("pixii.toml");
        fs::write(&config, text).unwrap();
        assert_fails(
            serve(&data).arg("--config").arg(&config),
            1,
            &[&[config.to_str().unwrap()], texts].concat(),
        );
    };
    in_file("dta = 1", &["dta", "data"]);
    in_file("data = 1", &["data", "string"]);
    in_file("data = ", &["line 1"]);
    in_file("durability = \"maybe\"", &["maybe", "sync", "relaxed"]);
    assert!(!data.exists(), "a folder was made all the same");
}

#[test]
fn credentials_that_are_half_given_are_refused_and_not_repeated() {
    for option in ["--credentials", "--peer-credentials"] {
        for pair in ["hidden", ":hidden", "hidden:"] {
            let ended = run(in_memory().args([option, pair]));
            assert_eq!((ended.status, ended.output.as_str()), (Some(1), ""), "{ended:?}");
            assert!(ended.error.contains(&format!("{option} wants")), "{ended:?}");
            assert!(ended.error.contains("KEY:SECRET"), "{ended:?}");
            assert!(!ended.error.contains("hidden"), "{ended:?}");
        }
    }
}

#[test]
fn an_address_that_others_reach_needs_credentials_or_courage() {
    let everywhere = || {
        let mut command = pixii();
        command.args(["serve", "--listen", "0.0.0.0:0", "--in-memory"]);
        command
    };
    assert_fails(&mut everywhere(), 1, &["0.0.0.0", "--credentials", "127.0.0.1", "--insecure"]);
    let credentials = ["--credentials", "key:secret"];
    let in_the_clear = ["0.0.0.0", "--tls-certificate", "--tls-self-signed", "--plain-http"];
    assert_fails(everywhere().args(credentials), 1, &in_the_clear);
    for arguments in [
        ["--credentials", "key:secret", "--plain-http"].as_slice(),
        &["--credentials", "key:secret", "--tls-self-signed"],
        &["--insecure"],
    ] {
        assert!(Server::start(everywhere().args(arguments)).stop("TERM").success());
    }
}

#[test]
fn a_port_that_is_taken_is_refused() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let arguments = ["serve", "--in-memory", "--listen", &address];
    assert_fails(pixii().args(arguments), 1, &[&address, "in use"]);
}

#[test]
fn a_server_ends_with_success_when_asked() {
    for signal in ["TERM", "INT"] {
        let folder = tempfile::tempdir().unwrap();
        let server = Server::on(folder.path());
        let mut idle = connect(&server);
        idle.done("CreateTable", &table("songs"));
        assert!(server.stop(signal).success());
        assert!(idle.ask("ListTables", &json!({})).is_err());
        let tables = connect(&Server::on(folder.path())).done("ListTables", &json!({}));
        assert_eq!(tables["TableNames"], json!(["songs"]));
    }
}

#[test]
fn the_sample_is_loaded_once() {
    let folder = tempfile::tempdir().unwrap();
    let sample = || Server::start(serve(folder.path()).arg("--sample"));
    let airports = json!({"TableName": "airports"});
    let count = |server: &Server| {
        let mut client = connect(server);
        let described = client.done("DescribeTable", &airports);
        assert_eq!(described["Table"]["ItemCount"], 3376);
        assert_eq!(described["Table"]["GlobalSecondaryIndexes"][0]["ItemCount"], 3376);
        assert_eq!(client.scan(&airports).len(), 3376);
    };
    let server = sample();
    count(&server);
    let key = json!({"TableName": "airports", "Key": {"iata": {"S": "JFK"}}});
    let airport = connect(&server).done("GetItem", &key);
    assert_eq!(airport["Item"]["name"]["S"], "John F Kennedy Intl");
    assert_eq!(airport["Item"]["latitude"]["N"], "40.63975111");
    let put =
        json!({"TableName": "airports", "Item": {"iata": {"S": "JFK"}, "name": {"S": "mine"}}});
    connect(&server).done("PutItem", &put);
    assert!(server.stop("TERM").success());

    let server = sample();
    assert_eq!(connect(&server).done("GetItem", &key)["Item"]["name"]["S"], "mine");
    let mut client = connect(&server);
    assert_eq!(client.scan(&airports).len(), 3376);
}

#[test]
fn a_start_does_not_read_the_data() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::on(folder.path());
    let mut client = connect(&server);
    client.done("CreateTable", &table("songs"));
    // Not what a compression could make small.
    let mut random = fastrand::Rng::with_seed(1);
    for batch in 0..8 {
        let put = |each| {
            let text: String = (0..200_000).map(|_| random.alphanumeric()).collect();
            json!({"PutRequest": {"Item": {"pk": {"S": format!("{batch}-{each}")}, "text": {"S": text}}}})
        };
        let puts: Value = (0..25).map(put).collect();
        client.done("BatchWriteItem", &json!({"RequestItems": {"songs": puts}}));
    }
    assert!(server.stop("TERM").success());

    let size = |entry: fs::DirEntry| entry.metadata().unwrap().len();
    let data: u64 = fs::read_dir(folder.path()).unwrap().map(|entry| size(entry.unwrap())).sum();
    let server = Server::on(folder.path());
    let counters = fs::read_to_string(format!("/proc/{}/io", server.id())).unwrap();
    let read = counters.lines().find_map(|line| line.strip_prefix("rchar: ")).unwrap();
    let read: u64 = read.parse().unwrap();
    assert!(read < data / 10, "{read} bytes of {data} were read");
    assert_eq!(
        connect(&server).done("DescribeTable", &json!({"TableName": "songs"}))["Table"]["ItemCount"],
        200
    );
}

#[test]
fn a_query_prints_the_reply() {
    let server = Server::start(in_memory().arg("--sample"));
    let body = r#"{"TableName": "airports", "Key": {"iata": {"S": "JFK"}}, "ProjectionExpression": "city, latitude"}"#;
    let expected = json!({"Item": {"city": {"S": "New York"}, "latitude": {"N": "40.63975111"}}});
    for name in ["GetItem", "getitem", "get-item"] {
        let output = succeed(query(&server).args([name, body]));
        assert_eq!(serde_json::from_str::<Value>(&output).unwrap(), expected);
        assert!(output.starts_with("{\n  \"Item\""), "{output}");
    }
    assert!(succeed(query(&server).arg("ListTables")).contains("airports"));
    let commented = "{\n  // The one in New York.\n  \"TableName\": \"airports\", /* all of it */\n  \"Key\": {\"iata\": {\"S\": \"JFK\"},},\n  \"ProjectionExpression\": \"city, latitude\",\n}\n";
    let check =
        |output: String| assert_eq!(serde_json::from_str::<Value>(&output).unwrap(), expected);
    check(succeed(query(&server).args(["GetItem", commented])));
    let file = tempfile::NamedTempFile::new().unwrap();
    fs::write(&file, commented).unwrap();
    check(succeed(query(&server).args(["GetItem", "--file"]).arg(file.path())));
    check(succeed(query(&server).args(["GetItem", "-f"]).arg(file.path())));
    let ended = with_input(query(&server).args(["GetItem", "-"]), commented.as_bytes());
    assert_eq!((ended.status, ended.error.as_str()), (Some(0), ""), "{ended:?}");
    check(ended.output);
}

#[test]
fn a_query_takes_its_settings_from_the_environment() {
    let server = Server::start(in_memory().args(["--sample", "--credentials", "key:secret"]));
    let aws = [
        ("AWS_ENDPOINT_URL_DYNAMODB", server.url()),
        ("AWS_ACCESS_KEY_ID", "key".to_owned()),
        ("AWS_SECRET_ACCESS_KEY", "secret".to_owned()),
    ];
    let list = |variables: &[(&str, String)]| {
        let mut command = pixii();
        command
            .args(["query", "ListTables"])
            .envs(variables.iter().map(|(name, value)| (name, value)));
        command
    };
    assert!(succeed(&mut list(&aws)).contains("airports"));
    // A Region is a namespace of its own.
    assert!(!succeed(list(&aws).env("AWS_REGION", "eu-west-1")).contains("airports"));
    let ours = [
        ("PIXII_ENDPOINT", server.url()),
        ("PIXII_ACCESS_KEY_ID", "key".to_owned()),
        ("PIXII_SECRET_ACCESS_KEY", "secret".to_owned()),
    ];
    assert!(
        succeed(list(&ours).env("AWS_ENDPOINT_URL_DYNAMODB", "http://127.0.0.1:1"))
            .contains("airports")
    );
    assert!(!succeed(list(&ours).args(["--region", "eu-west-1"])).contains("airports"));
}

#[test]
fn a_refusal_names_the_member_and_the_status_is_1() {
    let server = Server::start(in_memory().arg("--sample"));
    let update = "{\n  \"TableName\": \"airports\",\n  \"Key\": {\"iata\": {\"S\": \"JFK\"}},\n  \"UpdateExpression\": \"SET\"\n}";
    let refused =
        |arguments: &[&str], texts: &[&str]| assert_fails(query(&server).args(arguments), 1, texts);
    refused(
        &["UpdateItem", update],
        &["ValidationException (status 400)", "UpdateExpression at line 4, column 3"],
    );
    refused(
        &["DescribeTable", "{\"TableName\": \"none\"}"],
        &["ResourceNotFoundException", "none not found"],
    );
    refused(&["GetItem"], &["ValidationException", "tableName"]);
    let transaction = r#"{"TransactItems": [
        {"Delete": {"TableName": "airports", "Key": {"iata": {"S": "JFK"}}}},
        {"Delete": {"TableName": "airports", "Key": {"iata": {"S": "LAX"}}, "ConditionExpression": "city = iata"}},
    ]}"#;
    let texts = [
        "TransactionCanceledException",
        "TransactItems[1].Delete of airports at line 3",
        "ConditionalCheckFailed",
    ];
    refused(&["TransactWriteItems", transaction], &texts);
}

#[test]
fn what_was_not_asked_ends_with_status_2() {
    // A port that was free a moment ago, and is not ours to listen on.
    let closed = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let endpoint = format!("http://{closed}");
    let not_asked = |arguments: &[&str], texts: &[&str]| {
        assert_fails(pixii().args(["query", "--endpoint", &endpoint]).args(arguments), 2, texts);
    };
    not_asked(&["ListTables"], &["Nothing listens at", "pixii serve"]);
    not_asked(&["ListTable"], &["ListTable", "did you mean ListTables?"]);
    not_asked(&["ListTables", "{\n  \"Limit\": }"], &["not JSON at line 2, column 12"]);
    not_asked(&["ListTables", "--file", "/none.json"], &["/none.json", "No such file"]);
    not_asked(&["ListTables", "{}", "--file", "/none.json"], &["cannot be used with"]);
    not_asked(&["ListTables", "--timeout", "0"], &["time-out"]);
    not_asked(&["ListTables", "--region", "not a region"], &["not a Region"]);
    not_asked(&["--explain"], &["name a command", "`pixii query` lists them"]);
    assert_fails(
        pixii().args(["query", "ListTables", "--endpoint", "nowhere at all"]),
        2,
        &["not a URL"],
    );
    let amazon = ["query", "ListTables", "--endpoint", "aws", "--region", "eu-west-1"];
    assert_fails(pixii().args(amazon), 2, &["credentials", "AWS_ACCESS_KEY_ID"]);
}

#[test]
fn the_query_that_the_help_shows_works() {
    let help = succeed(pixii().arg("--help"));
    let example =
        help.lines().map(str::trim).find_map(|line| line.strip_prefix("pixii query GetItem '"));
    let body = example.unwrap().strip_suffix('\'').unwrap();
    let server = Server::start(in_memory().arg("--sample"));
    assert!(succeed(query(&server).args(["GetItem", body])).contains("John F Kennedy Intl"));
}

#[test]
fn the_help_teaches() {
    assert_eq!(succeed(pixii().arg("--version")), format!("pixii {}\n", env!("CARGO_PKG_VERSION")));
    let check = |arguments: &[&str], texts: &[&str]| {
        // Lines break where the terminal's width says.
        let help = succeed(pixii().args(arguments));
        let help = help.split_whitespace().collect::<Vec<_>>().join(" ");
        for text in texts {
            assert!(help.contains(text), "{text:?} is not in {help}");
        }
    };
    let examples = [
        "Examples:",
        "pixii serve --data",
        "pixii query GetItem",
        "AWS_ENDPOINT_URL_DYNAMODB",
        "aws dynamodb",
    ];
    check(&["--help"], &examples);
    check(&["-h"], &examples);
    check(&["help"], &examples);
    let serve = [
        "--data <FOLDER>",
        "PIXII_DATA",
        "TOML file, where",
        "SIGTERM",
        "127.0.0.1:8000",
        "Region",
    ];
    check(&["serve", "--help"], &serve);
    check(
        &["query", "--help"],
        &["comments and trailing commas", "get-item", "aws", "exit status is 0", "and 2 where"],
    );
    assert_fails(&mut pixii(), 2, &["Usage: pixii", "serve", "query", "Examples:"]);
}
