//! The AWS SDK for Rust, as any program uses it, but for the address of the server.

#![expect(clippy::unwrap_used, reason = "a test that fails here has failed")]
#![expect(clippy::indexing_slicing, reason = "a test that fails here has failed")]

#[expect(dead_code, reason = "other tests ask more of a server")]
mod server;

use std::collections::HashMap;
use std::io::{self, BufRead as _, BufReader, Read as _, Write as _};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::thread;
use std::time::Duration;

use aws_sdk_dynamodb::client::Waiters as _;
use aws_sdk_dynamodb::config::{Credentials, Region};
use aws_sdk_dynamodb::error::ProvideErrorMetadata as _;
use aws_sdk_dynamodb::operation::create_table::CreateTableError;
use aws_sdk_dynamodb::operation::put_item::PutItemError;
use aws_sdk_dynamodb::operation::transact_write_items::TransactWriteItemsError;
use aws_sdk_dynamodb::operation::update_item::UpdateItemError;
use aws_sdk_dynamodb::primitives::Blob;
use aws_sdk_dynamodb::types::{
    AttributeDefinition, AttributeValue, BillingMode, ConditionCheck, Delete, DeleteRequest, Get,
    GlobalSecondaryIndex, KeySchemaElement, KeyType, KeysAndAttributes, Projection, ProjectionType,
    Put, PutRequest, ReturnValue, ReturnValuesOnConditionCheckFailure, ScalarAttributeType,
    TableStatus, Tag, TransactGetItem, TransactWriteItem, Update, WriteRequest,
};
use aws_sdk_dynamodb::{Client, Config};
use aws_smithy_http_client::Builder;

use server::{Server, pixii};

/// How long a waiter may wait: far longer than it has to.
const PATIENCE: Duration = Duration::from_mins(1);

type Item = HashMap<String, AttributeValue>;

fn start() -> Server {
    Server::start(pixii().args(["serve", "--listen", "127.0.0.1:0", "--in-memory"]))
}

/// A client as any program makes one.
fn client(address: SocketAddr) -> Client {
    let config = Config::builder()
        .region(Region::new("eu-west-1"))
        .endpoint_url(format!("http://{address}"))
        .credentials_provider(Credentials::new("any", "any", None, None, "test"))
        .http_client(Builder::new().build_http())
        .build();
    Client::from_conf(config)
}

/// Makes a table `songs` of artists and titles, with an index of genres, and waits until it is there.
async fn create(client: &Client) {
    let attribute = |name| {
        let definition = AttributeDefinition::builder().attribute_name(name);
        definition.attribute_type(ScalarAttributeType::S).build().unwrap()
    };
    let key = |name, kind| {
        KeySchemaElement::builder().attribute_name(name).key_type(kind).build().unwrap()
    };
    let index = GlobalSecondaryIndex::builder()
        .index_name("by-genre")
        .key_schema(key("genre", KeyType::Hash))
        .projection(Projection::builder().projection_type(ProjectionType::All).build());
    client
        .create_table()
        .table_name("songs")
        .billing_mode(BillingMode::PayPerRequest)
        .set_attribute_definitions(Some(["artist", "title", "genre"].map(attribute).into()))
        .key_schema(key("artist", KeyType::Hash))
        .key_schema(key("title", KeyType::Range))
        .global_secondary_indexes(index.build().unwrap())
        .tags(Tag::builder().key("owner").value("tests").build().unwrap())
        .send()
        .await
        .unwrap();
    client.wait_until_table_exists().table_name("songs").wait(PATIENCE).await.unwrap();
}

fn text(text: impl Into<String>) -> AttributeValue {
    AttributeValue::S(text.into())
}

fn number(number: impl Into<String>) -> AttributeValue {
    AttributeValue::N(number.into())
}

fn song(artist: &str, title: &str) -> Item {
    HashMap::from([("artist".to_owned(), text(artist)), ("title".to_owned(), text(title))])
}

async fn put(client: &Client, item: Item) {
    client.put_item().table_name("songs").set_item(Some(item)).send().await.unwrap();
}

async fn get(client: &Client, key: Item) -> Option<Item> {
    let get = client.get_item().table_name("songs").set_key(Some(key)).consistent_read(true);
    get.send().await.unwrap().item
}

#[tokio::test]
async fn a_table_is_made_described_tagged_and_deleted() {
    let server = start();
    let client = client(server.address);
    create(&client).await;
    let described =
        client.describe_table().table_name("songs").send().await.unwrap().table.unwrap();
    assert_eq!(described.table_status(), Some(&TableStatus::Active));
    assert_eq!(described.global_secondary_indexes()[0].index_name(), Some("by-genre"));
    let arn = described.table_arn().unwrap();
    assert!(arn.starts_with("arn:aws:dynamodb:eu-west-1:"), "{arn}");

    let tag = Tag::builder().key("stage").value("test").build().unwrap();
    client.tag_resource().resource_arn(arn).tags(tag).send().await.unwrap();
    client.untag_resource().resource_arn(arn).tag_keys("owner").send().await.unwrap();
    let tags = client.list_tags_of_resource().resource_arn(arn).send().await.unwrap();
    let tags: Vec<_> = tags.tags().iter().map(|tag| (tag.key(), tag.value())).collect();
    assert_eq!(tags, [("stage", "test")]);

    let again = client.create_table().table_name("songs").billing_mode(BillingMode::PayPerRequest);
    let key = KeySchemaElement::builder()
        .attribute_name("artist")
        .key_type(KeyType::Hash)
        .build()
        .unwrap();
    let attribute = AttributeDefinition::builder()
        .attribute_name("artist")
        .attribute_type(ScalarAttributeType::S);
    let again =
        again.key_schema(key).attribute_definitions(attribute.build().unwrap()).send().await;
    let error = again.unwrap_err().into_service_error();
    assert!(matches!(error, CreateTableError::ResourceInUseException(_)), "{error:?}");

    let names =
        client.list_tables().into_paginator().items().send().collect::<Result<Vec<_>, _>>().await;
    assert_eq!(names.unwrap(), ["songs"]);
    client.delete_table().table_name("songs").send().await.unwrap();
    client.wait_until_table_not_exists().table_name("songs").wait(PATIENCE).await.unwrap();
    let error =
        client.describe_table().table_name("songs").send().await.unwrap_err().into_service_error();
    assert!(error.is_resource_not_found_exception(), "{error:?}");
}

#[tokio::test]
async fn an_item_comes_back_with_every_type_as_it_was_put() {
    let server = start();
    let client = client(server.address);
    create(&client).await;
    let mut item = song("Nina", "Sinnerman");
    item.extend(
        [
            ("number", number("-1234567890.0123456789")),
            ("bytes", AttributeValue::B(Blob::new([0, 255]))),
            ("truth", AttributeValue::Bool(true)),
            ("nothing", AttributeValue::Null(true)),
            ("texts", AttributeValue::Ss(vec!["a".to_owned(), "b".to_owned()])),
            ("numbers", AttributeValue::Ns(vec!["1".to_owned(), "2.5".to_owned()])),
            ("blobs", AttributeValue::Bs(vec![Blob::new("a")])),
            ("list", AttributeValue::L(vec![text(""), AttributeValue::L(Vec::new())])),
            ("map", AttributeValue::M(HashMap::from([("é".to_owned(), number("0"))]))),
        ]
        .map(|(name, value)| (name.to_owned(), value)),
    );
    put(&client, item.clone()).await;
    assert_eq!(get(&client, song("Nina", "Sinnerman")).await, Some(item.clone()));
    assert_eq!(get(&client, song("Nina", "Feeling Good")).await, None);
    let delete = client.delete_item().table_name("songs").set_key(Some(song("Nina", "Sinnerman")));
    let deleted = delete.return_values(ReturnValue::AllOld).send().await.unwrap();
    assert_eq!(deleted.attributes, Some(item));
    assert_eq!(get(&client, song("Nina", "Sinnerman")).await, None);
}

#[tokio::test]
async fn a_condition_that_fails_is_its_own_exception_with_the_item() {
    let server = start();
    let client = client(server.address);
    create(&client).await;
    put(&client, song("Nina", "Sinnerman")).await;
    let put = client
        .put_item()
        .table_name("songs")
        .set_item(Some(song("Nina", "Sinnerman")))
        .condition_expression("attribute_not_exists(artist)")
        .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
    let error = put.send().await.unwrap_err().into_service_error();
    let PutItemError::ConditionalCheckFailedException(error) = error else { panic!("{error:?}") };
    assert_eq!(error.message(), Some("The conditional request failed"));
    assert_eq!(error.item(), Some(&song("Nina", "Sinnerman")));
}

#[tokio::test]
async fn an_update_gives_what_it_is_asked_for() {
    let server = start();
    let client = client(server.address);
    create(&client).await;
    for plays in 1..=3 {
        let update = client
            .update_item()
            .table_name("songs")
            .set_key(Some(song("Nina", "Sinnerman")))
            .update_expression("SET #g = :g ADD plays :one")
            .expression_attribute_names("#g", "genre")
            .expression_attribute_values(":g", text("jazz"))
            .expression_attribute_values(":one", number("1"))
            .return_values(ReturnValue::UpdatedNew);
        let attributes = update.send().await.unwrap().attributes.unwrap();
        let expected =
            [("genre".to_owned(), text("jazz")), ("plays".to_owned(), number(plays.to_string()))];
        assert_eq!(attributes, HashMap::from(expected));
    }
    let update = client.update_item().table_name("none").set_key(Some(song("a", "b")));
    let error = update.send().await.unwrap_err().into_service_error();
    assert!(matches!(error, UpdateItemError::ResourceNotFoundException(_)), "{error:?}");
    let update = client
        .update_item()
        .table_name("songs")
        .set_key(Some(song("a", "b")))
        .update_expression("SET");
    let error = update.send().await.unwrap_err().into_service_error();
    assert_eq!(error.code(), Some("ValidationException"));
    assert!(error.message().unwrap().contains("Invalid UpdateExpression"), "{error:?}");
}

/// Puts songs of two artists, each with a number.
async fn put_many(client: &Client, count: usize) {
    let writes: Vec<_> = (0..count)
        .map(|number_of| {
            let mut item =
                song(if number_of % 2 == 0 { "even" } else { "odd" }, &format!("{number_of:03}"));
            item.insert("genre".to_owned(), text("jazz"));
            let put = PutRequest::builder().set_item(Some(item)).build().unwrap();
            WriteRequest::builder().put_request(put).build()
        })
        .collect();
    for batch in writes.chunks(25) {
        let written =
            client.batch_write_item().request_items("songs", batch.to_vec()).send().await.unwrap();
        assert!(written.unprocessed_items().is_none_or(HashMap::is_empty));
    }
}

#[tokio::test]
async fn paginators_give_every_item_once() {
    let server = start();
    let client = client(server.address);
    create(&client).await;
    put_many(&client, 60).await;
    let scan = client.scan().table_name("songs").limit(7).into_paginator().items().send();
    let mut items = scan.collect::<Result<Vec<_>, _>>().await.unwrap();
    items.sort_by_key(|item| item["title"].as_s().unwrap().clone());
    let titles: Vec<_> = items.iter().map(|item| item["title"].as_s().unwrap().clone()).collect();
    assert_eq!(titles, (0..60).map(|title| format!("{title:03}")).collect::<Vec<_>>());

    let query = || {
        let query = client
            .query()
            .table_name("songs")
            .limit(4)
            .expression_attribute_values(":a", text("odd"));
        query.key_condition_expression("artist = :a")
    };
    for (forward, first) in [(true, "001"), (false, "059")] {
        let items = query().scan_index_forward(forward).into_paginator().items().send();
        let items = items.collect::<Result<Vec<_>, _>>().await.unwrap();
        assert_eq!((items.len(), &items[0]["title"]), (30, &text(first)));
        assert!(items.is_sorted_by_key(|item| item["title"].as_s().unwrap()) == forward);
    }
    let query = client.query().table_name("songs").index_name("by-genre").limit(9);
    let query = query
        .key_condition_expression("genre = :g")
        .expression_attribute_values(":g", text("jazz"));
    let items = query.into_paginator().items().send().collect::<Result<Vec<_>, _>>().await.unwrap();
    assert_eq!(items.len(), 60);
}

#[tokio::test]
async fn batches_write_delete_and_read() {
    let server = start();
    let client = client(server.address);
    create(&client).await;
    put_many(&client, 10).await;
    let delete = DeleteRequest::builder().set_key(Some(song("even", "000"))).build().unwrap();
    let delete = WriteRequest::builder().delete_request(delete).build();
    client.batch_write_item().request_items("songs", vec![delete]).send().await.unwrap();
    let keys = ["000", "002", "004"].map(|title| song("even", title));
    let keys =
        KeysAndAttributes::builder().set_keys(Some(keys.into())).projection_expression("title");
    let read =
        client.batch_get_item().request_items("songs", keys.build().unwrap()).send().await.unwrap();
    let responses = read.responses.unwrap();
    let mut titles: Vec<_> =
        responses["songs"].iter().map(|item| item["title"].as_s().unwrap()).collect();
    titles.sort();
    assert_eq!(titles, ["002", "004"]);
}

/// An action that adds one to the plays of a song.
fn play(title: &str) -> TransactWriteItem {
    let update = Update::builder()
        .table_name("songs")
        .set_key(Some(song("Nina", title)))
        .update_expression("ADD plays :one")
        .expression_attribute_values(":one", number("1"));
    TransactWriteItem::builder().update(update.build().unwrap()).build()
}

async fn plays(client: &Client, title: &str) -> Option<AttributeValue> {
    get(client, song("Nina", title)).await?.remove("plays")
}

#[tokio::test]
async fn a_transaction_with_a_token_happens_once() {
    let server = start();
    let client = client(server.address);
    create(&client).await;
    for _ in 0..3 {
        let transaction = client.transact_write_items().client_request_token("a-token");
        transaction.transact_items(play("one")).transact_items(play("two")).send().await.unwrap();
    }
    assert_eq!(plays(&client, "one").await, Some(number("1")));
    let other =
        client.transact_write_items().client_request_token("a-token").transact_items(play("three"));
    let error = other.send().await.unwrap_err().into_service_error();
    assert!(
        matches!(error, TransactWriteItemsError::IdempotentParameterMismatchException(_)),
        "{error:?}"
    );
    assert_eq!(plays(&client, "three").await, None);

    let get = |title| {
        let get =
            Get::builder().table_name("songs").set_key(Some(song("Nina", title))).build().unwrap();
        TransactGetItem::builder().get(get).build()
    };
    let read = client.transact_get_items().transact_items(get("one")).transact_items(get("three"));
    let read = read.send().await.unwrap();
    let items: Vec<_> = read.responses().iter().map(|response| response.item().is_some()).collect();
    assert_eq!(items, [true, false]);
}

#[tokio::test]
async fn a_cancelled_transaction_says_why_for_each_action() {
    let server = start();
    let client = client(server.address);
    create(&client).await;
    put(&client, song("Nina", "Sinnerman")).await;
    let check = ConditionCheck::builder().table_name("songs").set_key(Some(song("Nina", "none")));
    let check = check.condition_expression("attribute_exists(artist)").build().unwrap();
    let put = Put::builder()
        .table_name("songs")
        .set_item(Some(song("Nina", "Sinnerman")))
        .condition_expression("attribute_not_exists(artist)")
        .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld);
    let delete =
        Delete::builder().table_name("songs").set_key(Some(song("a", "b"))).build().unwrap();
    let transaction = client
        .transact_write_items()
        .transact_items(TransactWriteItem::builder().condition_check(check).build())
        .transact_items(TransactWriteItem::builder().put(put.build().unwrap()).build())
        .transact_items(TransactWriteItem::builder().delete(delete).build());
    let error = transaction.send().await.unwrap_err().into_service_error();
    let TransactWriteItemsError::TransactionCanceledException(error) = error else {
        panic!("{error:?}")
    };
    let reasons = error.cancellation_reasons();
    let codes: Vec<_> = reasons.iter().map(|reason| reason.code().unwrap()).collect();
    assert_eq!(codes, ["ConditionalCheckFailed", "ConditionalCheckFailed", "None"]);
    assert_eq!(reasons[1].item, Some(song("Nina", "Sinnerman")));
}

/// A way to the server on which the reply to the first request is lost.
fn lossy(server: SocketAddr) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    thread::spawn(move || {
        let mut connections = listener.incoming().map_while(Result::ok);
        let Some(client) = connections.next() else { return };
        lose_the_reply(&client, server).unwrap();
        for client in connections {
            let server = TcpStream::connect(server).unwrap();
            let (mut to_server, mut from_client) =
                (server.try_clone().unwrap(), client.try_clone().unwrap());
            thread::spawn(move || {
                // A connection that breaks is the client's to notice.
                let _ = io::copy(&mut from_client, &mut to_server);
                let _ = to_server.shutdown(Shutdown::Write);
            });
            thread::spawn(move || io::copy(&mut &server, &mut &client));
        }
    });
    address
}

fn lose_the_reply(client: &TcpStream, server: SocketAddr) -> io::Result<()> {
    let mut server = TcpStream::connect(server)?;
    server.write_all(&message(client)?)?;
    message(&server)?;
    client.shutdown(Shutdown::Both)
}

/// One HTTP message, head and body.
fn message(stream: &TcpStream) -> io::Result<Vec<u8>> {
    let mut reader = BufReader::new(stream);
    let mut message = Vec::new();
    let mut length = 0;
    loop {
        let begin = message.len();
        reader.read_until(b'\n', &mut message)?;
        let line = String::from_utf8_lossy(&message[begin..]).to_lowercase();
        if let Some(value) = line.strip_prefix("content-length:") {
            length = value.trim().parse().unwrap();
        }
        if line.trim().is_empty() {
            break;
        }
    }
    reader.take(length).read_to_end(&mut message)?;
    Ok(message)
}

#[tokio::test]
async fn a_transaction_whose_reply_is_lost_is_retried_and_happens_once() {
    let server = start();
    let direct = client(server.address);
    create(&direct).await;
    let lossy = client(lossy(server.address));
    lossy.transact_write_items().transact_items(play("one")).send().await.unwrap();
    assert_eq!(plays(&direct, "one").await, Some(number("1")));
    // The way loses no more, and this is another transaction.
    lossy.transact_write_items().transact_items(play("one")).send().await.unwrap();
    assert_eq!(plays(&direct, "one").await, Some(number("2")));
}

#[tokio::test]
async fn what_is_refused_for_lack_of_a_right_secret_is_no_other_error() {
    let arguments =
        ["serve", "--listen", "127.0.0.1:0", "--in-memory", "--credentials", "key:secret"];
    let server = Server::start(pixii().args(arguments));
    let error = client(server.address).list_tables().send().await.unwrap_err().into_service_error();
    assert_eq!(error.code(), Some("UnrecognizedClientException"));
    let with = |secret: &str| {
        let client = client(server.address);
        let credentials = Credentials::new("key", secret, None, None, "test");
        Client::from_conf(client.config().to_builder().credentials_provider(credentials).build())
    };
    let error = with("wrong").list_tables().send().await.unwrap_err().into_service_error();
    assert_eq!(error.code(), Some("InvalidSignatureException"));
    assert!(with("secret").list_tables().send().await.unwrap().table_names().is_empty());
}
