//! Tables from the outside: requests as JSON in, replies as JSON or an error's text out.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::needless_pass_by_value,
    reason = "a test may panic, and its values are made in place"
)]

#[expect(dead_code, reason = "other tests ask for more")]
mod service;

use std::sync::atomic::Ordering;

use pixii_database::{Api, Error, find};
use serde_json::{Value, json};
use storage::Commit;
use types::json::Json;

use service::{Service, attributes, caller, index, key, units, with};

const ARN: &str = "arn:aws:dynamodb:eu-west-1:123456789012:table/films";
const DAY_MS: u64 = 86_400_000;

impl Service {
    async fn describe(&self) -> Value {
        self.ok("DescribeTable", json!({"TableName": "films"})).await["Table"].clone()
    }

    /// Asks for the table `films` with other parameters besides, and says why it was refused.
    async fn create_refused(&self, changes: Value) -> String {
        self.refused("CreateTable", with(films(), changes)).await
    }
}

/// An on-demand table with a sort key.
fn films() -> Value {
    json!({
        "TableName": "films",
        "AttributeDefinitions": attributes(&["title", "year"]),
        "KeySchema": key(&[("title", "HASH"), ("year", "RANGE")]),
        "BillingMode": "PAY_PER_REQUEST",
    })
}

/// A provisioned table with a global index.
fn provisioned() -> Value {
    let index =
        with(index("by-year", &[("year", "HASH")]), json!({"ProvisionedThroughput": units(1, 1)}));
    with(
        films(),
        json!({
            "BillingMode": "PROVISIONED",
            "ProvisionedThroughput": units(5, 5),
            "GlobalSecondaryIndexes": [index],
        }),
    )
}

fn invalid(rest: &str) -> String {
    format!("One or more parameter values were invalid: {rest}")
}

fn constraint(rest: &str) -> String {
    format!("1 validation error detected: {rest}")
}

#[tokio::test]
async fn a_new_table_is_creating_in_the_reply_and_active_right_after() {
    let service = Service::new();
    let created = service.ok("CreateTable", films()).await["TableDescription"].clone();
    let id = created["TableId"].as_str().unwrap().to_owned();
    assert_eq!(id.len(), 36);
    let expected = json!({
        "AttributeDefinitions": attributes(&["title", "year"]),
        "TableName": "films",
        "KeySchema": key(&[("title", "HASH"), ("year", "RANGE")]),
        "TableStatus": "CREATING",
        "CreationDateTime": 1_700_000_000.123,
        "ProvisionedThroughput": {"NumberOfDecreasesToday": 0, "ReadCapacityUnits": 0, "WriteCapacityUnits": 0},
        "TableSizeBytes": 0,
        "ItemCount": 0,
        "TableArn": ARN,
        "TableId": id,
        "BillingModeSummary": {"BillingMode": "PAY_PER_REQUEST"},
        "DeletionProtectionEnabled": false,
    });
    assert_eq!(created, expected);
    let active = json!({
        "TableStatus": "ACTIVE",
        "BillingModeSummary": {
            "BillingMode": "PAY_PER_REQUEST",
            "LastUpdateToPayPerRequestDateTime": 1_700_000_000.123,
        },
        "WarmThroughput": {"ReadUnitsPerSecond": 12000, "WriteUnitsPerSecond": 4000, "Status": "ACTIVE"},
    });
    assert_eq!(service.describe().await, with(expected, active));
}

#[tokio::test]
async fn a_provisioned_table_is_described_with_its_units() {
    let service = Service::new();
    let created = service.ok("CreateTable", provisioned()).await["TableDescription"].clone();
    assert_eq!(created["GlobalSecondaryIndexes"][0]["IndexStatus"], "CREATING");
    let table = service.describe().await;
    let throughput = |read, write| with(units(read, write), json!({"NumberOfDecreasesToday": 0}));
    assert_eq!(table["ProvisionedThroughput"], throughput(5, 5));
    assert_eq!(table.get("BillingModeSummary"), None);
    assert_eq!(table["WarmThroughput"]["ReadUnitsPerSecond"], 5);
    let index = json!([{
        "IndexName": "by-year",
        "KeySchema": key(&[("year", "HASH")]),
        "Projection": {"ProjectionType": "ALL"},
        "IndexStatus": "ACTIVE",
        "ProvisionedThroughput": throughput(1, 1),
        "IndexSizeBytes": 0,
        "ItemCount": 0,
        "IndexArn": format!("{ARN}/index/by-year"),
        "WarmThroughput": {"ReadUnitsPerSecond": 1, "WriteUnitsPerSecond": 1, "Status": "ACTIVE"},
    }]);
    assert_eq!(table["GlobalSecondaryIndexes"], index);
}

#[tokio::test]
async fn a_local_index_has_neither_status_nor_throughput() {
    let service = Service::new();
    let mut local = index("by-rank", &[("title", "HASH"), ("rank", "RANGE")]);
    local["Projection"] = json!({"ProjectionType": "INCLUDE", "NonKeyAttributes": ["a", "title"]});
    let definitions = attributes(&["title", "year", "rank"]);
    let changes = json!({"AttributeDefinitions": definitions, "LocalSecondaryIndexes": [local]});
    service.ok("CreateTable", with(films(), changes)).await;
    let expected = with(
        local,
        json!({"IndexSizeBytes": 0, "ItemCount": 0, "IndexArn": format!("{ARN}/index/by-rank")}),
    );
    assert_eq!(service.describe().await["LocalSecondaryIndexes"], json!([expected]));
}

#[tokio::test]
async fn the_key_of_a_global_index_may_have_four_attributes_on_either_side() {
    let service = Service::new();
    let sides = |hashes: usize, ranges: usize| {
        let names: Vec<_> = (0..hashes + ranges).map(|number| format!("k{number}")).collect();
        let kind = |at| if at < hashes { "HASH" } else { "RANGE" };
        let elements: Vec<_> =
            names.iter().enumerate().map(|(at, name)| (name.as_str(), kind(at))).collect();
        let defined: Vec<_> =
            ["title", "year"].into_iter().chain(names.iter().map(String::as_str)).collect();
        json!({"AttributeDefinitions": attributes(&defined), "GlobalSecondaryIndexes": [index("wide", &elements)]})
    };
    let refused = |kind| {
        invalid(&format!(
            "The KeySchema exceeds the maximum allowed number of {kind} key attributes"
        ))
    };
    assert_eq!(service.create_refused(sides(5, 0)).await, refused("HASH"));
    assert_eq!(service.create_refused(sides(1, 5)).await, refused("RANGE"));
    service.ok("CreateTable", with(films(), sides(4, 4))).await;
    let table = service.describe().await;
    assert_eq!(table["GlobalSecondaryIndexes"][0]["KeySchema"].as_array().unwrap().len(), 8);
}

#[tokio::test]
async fn hash_attributes_come_before_range_attributes_and_none_comes_twice() {
    let service = Service::new();
    let global =
        |elements: &[(&str, &str)]| json!({"GlobalSecondaryIndexes": [index("wide", elements)]});
    assert_eq!(
        service
            .create_refused(global(&[("title", "HASH"), ("year", "RANGE"), ("title", "HASH")]))
            .await,
        "The KeySchema contains multiple key attributes with the same name"
    );
    let three = json!({"AttributeDefinitions": attributes(&["title", "year", "rank"])});
    let mixed = global(&[("title", "HASH"), ("year", "RANGE"), ("rank", "HASH")]);
    assert_eq!(
        service.create_refused(with(three, mixed)).await,
        invalid("All HASH key attributes must precede RANGE key attributes in the KeySchema")
    );
    assert_eq!(
        service.create_refused(global(&[("title", "RANGE")])).await,
        "Invalid KeySchema: The first KeySchemaElement is not a HASH key type"
    );
}

#[tokio::test]
async fn a_table_key_is_a_hash_and_perhaps_a_range_that_differ() {
    let service = Service::new();
    let keys = |elements: &[(&str, &str)]| json!({"KeySchema": key(elements)});
    let same = "Both the Hash Key and the Range Key element in the KeySchema have the same name";
    assert_eq!(service.create_refused(keys(&[("title", "HASH"), ("title", "RANGE")])).await, same);
    let first = "Invalid KeySchema: The first KeySchemaElement is not a HASH key type";
    assert_eq!(service.create_refused(keys(&[("title", "RANGE"), ("year", "HASH")])).await, first);
    let second = "Invalid KeySchema: The second KeySchemaElement is not a RANGE key type";
    assert_eq!(service.create_refused(keys(&[("title", "HASH"), ("year", "HASH")])).await, second);
    let three = keys(&[("title", "HASH"), ("year", "RANGE"), ("rank", "RANGE")]);
    assert!(
        service
            .create_refused(three)
            .await
            .ends_with("Member must have length less than or equal to 2")
    );
    let none = constraint(
        "Value '[]' at 'keySchema' failed to satisfy constraint: Member must have length greater than or equal to 1",
    );
    assert_eq!(service.create_refused(keys(&[])).await, none);
}

#[tokio::test]
async fn the_definitions_are_exactly_the_attributes_of_the_keys() {
    let service = Service::new();
    let defined = |names: &[&str]| json!({"AttributeDefinitions": attributes(names)});
    assert_eq!(
        service.create_refused(defined(&["title"])).await,
        "Invalid KeySchema: Some index key attribute have no definition"
    );
    assert_eq!(
        service.create_refused(defined(&["title", "rank"])).await,
        invalid(
            "Some index key attributes are not defined in AttributeDefinitions. Keys: [title, year], AttributeDefinitions: [title, rank]"
        )
    );
    assert_eq!(
        service.create_refused(defined(&["title", "year", "rank"])).await,
        invalid(
            "Number of attributes in KeySchema does not exactly match number of attributes defined in AttributeDefinitions"
        )
    );
    assert_eq!(
        service.create_refused(defined(&["title", "year", "title"])).await,
        "Attribute Name is duplicated: title"
    );
    let indexed = json!({"GlobalSecondaryIndexes": [index("by-year", &[("year", "HASH")])]});
    assert_eq!(
        service.create_refused(with(defined(&["title", "year", "rank"]), indexed)).await,
        invalid(
            "Some AttributeDefinitions are not used. AttributeDefinitions: [title, year, rank], keys used: [title, year]"
        )
    );
    let indexed = json!({"GlobalSecondaryIndexes": [index("by-rank", &[("rank", "HASH")])]});
    assert_eq!(
        service.create_refused(indexed).await,
        invalid(
            "Some index key attributes are not defined in AttributeDefinitions. Keys: [rank], AttributeDefinitions: [title, year]"
        )
    );
    let wrong =
        json!({"AttributeDefinitions": [{"AttributeName": "title", "AttributeType": "SS"}]});
    assert_eq!(
        service.create_refused(wrong).await,
        constraint(
            "Value 'SS' at 'attributeDefinitions.1.member.attributeType' failed to satisfy constraint: Member must satisfy enum value set: [B, N, S]"
        )
    );
}

#[tokio::test]
async fn a_local_index_needs_the_hash_key_of_the_table_and_a_range_key() {
    let service = Service::new();
    let local = |indexes: Value| json!({"LocalSecondaryIndexes": indexes});
    assert_eq!(
        service.create_refused(local(json!([]))).await,
        invalid("List of LocalSecondaryIndexes is empty")
    );
    assert_eq!(
        service
            .create_refused(local(json!([index("own", &[("year", "HASH"), ("title", "RANGE")])])))
            .await,
        invalid(
            "Index KeySchema does not have the same leading hash key as table KeySchema for index: own. index hash key: year, table hash key: title"
        )
    );
    assert_eq!(
        service.create_refused(local(json!([index("own", &[("title", "HASH")])]))).await,
        invalid("Index KeySchema does not have a range key for index: own")
    );
    let simple = json!({"KeySchema": key(&[("title", "HASH")])});
    let own = index("own", &[("title", "HASH"), ("year", "RANGE")]);
    assert_eq!(
        service.create_refused(with(simple, local(json!([own])))).await,
        invalid(
            "Table KeySchema does not have a range key, which is required when specifying a LocalSecondaryIndex"
        )
    );
    let six: Vec<_> = (0..6)
        .map(|at| index(&format!("own{at}"), &[("title", "HASH"), ("year", "RANGE")]))
        .collect();
    assert_eq!(
        service.create_refused(local(six.into())).await,
        invalid("Number of LocalSecondaryIndexes exceeds per-table limit of 5")
    );
}

#[tokio::test]
async fn names_of_indexes_are_unique_and_identical_indexes_may_differ_in_name_alone() {
    let service = Service::new();
    let own = index("same", &[("title", "HASH"), ("year", "RANGE")]);
    let both = json!({"LocalSecondaryIndexes": [own], "GlobalSecondaryIndexes": [own]});
    assert_eq!(service.create_refused(both).await, invalid("Duplicate index name: same"));
    assert_eq!(
        service.create_refused(json!({"GlobalSecondaryIndexes": []})).await,
        invalid("List of GlobalSecondaryIndexes is empty")
    );
    let many = |count| {
        (0..count).map(|at| index(&format!("all{at}"), &[("year", "HASH")])).collect::<Vec<_>>()
    };
    assert_eq!(
        service.create_refused(json!({"GlobalSecondaryIndexes": many(21)})).await,
        invalid("GlobalSecondaryIndex count exceeds the per-table limit of 20")
    );
    service.ok("CreateTable", with(films(), json!({"GlobalSecondaryIndexes": many(20)}))).await;
}

#[tokio::test]
async fn a_projection_names_attributes_only_if_it_includes_them() {
    let service = Service::new();
    let projection = |projection: Value| {
        let index = with(index("by-year", &[("year", "HASH")]), json!({"Projection": projection}));
        json!({"GlobalSecondaryIndexes": [index]})
    };
    assert_eq!(
        service.create_refused(projection(json!({}))).await,
        invalid("Unknown ProjectionType: null")
    );
    assert_eq!(
        service
            .create_refused(projection(json!({"ProjectionType": "ALL", "NonKeyAttributes": ["a"]})))
            .await,
        invalid("ProjectionType is ALL, but NonKeyAttributes is specified")
    );
    assert_eq!(
        service.create_refused(projection(json!({"ProjectionType": "INCLUDE"}))).await,
        invalid("ProjectionType is INCLUDE, but NonKeyAttributes is not specified")
    );
    assert_eq!(
        service
            .create_refused(projection(
                json!({"ProjectionType": "INCLUDE", "NonKeyAttributes": ["a", "a"]})
            ))
            .await,
        invalid("Duplicate element in NonKeyAttributes: a")
    );
    let names: Vec<_> = (0..21).map(|at| at.to_string()).collect();
    let long = service
        .create_refused(projection(json!({"ProjectionType": "INCLUDE", "NonKeyAttributes": names})))
        .await;
    assert!(long.ends_with("Member must have length less than or equal to 20"), "{long}");
}

#[tokio::test]
async fn the_indexes_of_a_table_name_a_hundred_attributes_at_most() {
    let service = Service::new();
    let names: Vec<_> = (0..20).map(|at| at.to_string()).collect();
    let projection =
        json!({"Projection": {"ProjectionType": "INCLUDE", "NonKeyAttributes": names}});
    let many = |count| {
        let index = |at| with(index(&format!("all{at}"), &[("year", "HASH")]), projection.clone());
        json!({"GlobalSecondaryIndexes": (0..count).map(index).collect::<Vec<_>>()})
    };
    assert_eq!(
        service.create_refused(many(6)).await,
        invalid("The total number of projected attributes exceeds the limit of 100")
    );
    service.ok("CreateTable", with(films(), many(5))).await;
}

#[tokio::test]
async fn throughput_goes_with_provisioned_tables_and_with_no_others() {
    let service = Service::new();
    assert_eq!(
        service.create_refused(json!({"ProvisionedThroughput": units(1, 1)})).await,
        invalid(
            "Neither ReadCapacityUnits nor WriteCapacityUnits can be specified when BillingMode is PAY_PER_REQUEST"
        )
    );
    assert_eq!(
        service.create_refused(json!({"BillingMode": null})).await,
        invalid(
            "ReadCapacityUnits and WriteCapacityUnits must both be specified when BillingMode is PROVISIONED"
        )
    );
    let on_demand = with(
        provisioned(),
        json!({"BillingMode": "PAY_PER_REQUEST", "ProvisionedThroughput": null}),
    );
    assert_eq!(
        service.refused("CreateTable", on_demand).await,
        invalid(
            "ProvisionedThroughput should not be specified for index: by-year when BillingMode is PAY_PER_REQUEST"
        )
    );
    let bare = json!({"GlobalSecondaryIndexes": [index("by-year", &[("year", "HASH")])]});
    assert_eq!(
        service.refused("CreateTable", with(provisioned(), bare)).await,
        invalid("ProvisionedThroughput is not specified for index: by-year")
    );
    let much = json!({"ProvisionedThroughput": units(1_000_000_000_001, 1)});
    assert_eq!(
        service.refused("CreateTable", with(provisioned(), much)).await,
        "Given value 1000000000001 for ReadCapacityUnits is out of bounds"
    );
    let none = json!({"ProvisionedThroughput": units(0, 0)});
    assert!(service.refused("CreateTable", with(provisioned(), none)).await.starts_with(
        "2 validation errors detected: Value '0' at 'provisionedThroughput.writeCapacityUnits'"
    ));
}

#[tokio::test]
async fn what_is_not_built_yet_is_refused_by_name() {
    let service = Service::new();
    let parameters = [
        ("GlobalTableSourceArn", json!(ARN)),
        ("GlobalTableSettingsReplicationMode", json!("ENABLED")),
        ("VectorIndexes", json!([])),
    ];
    for (name, value) in parameters {
        let text = format!("The parameter {name} is not implemented in this version of Pixii");
        assert_eq!(service.create_refused(json!({ name: value })).await, text);
    }
    assert_eq!(
        service.create_refused(json!({"StreamSpecification": {"StreamEnabled": false, "StreamViewType": "KEYS_ONLY"}})).await,
        invalid("Table is being created with a stream disabled, UpdateViewType should not be specified")
    );
    let off = json!({"StreamSpecification": {"StreamEnabled": false}, "SSESpecification": {"Enabled": false}});
    service.ok("CreateTable", with(films(), off)).await;
    let table = service.describe().await;
    assert_eq!((table.get("StreamSpecification"), table.get("SSEDescription")), (None, None));
}

#[tokio::test]
async fn a_name_is_used_once_in_an_account_and_region() {
    let service = Service::new();
    service.ok("CreateTable", films()).await;
    assert_eq!(service.create_refused(json!({})).await, "Table already exists: films");
    for call in [caller("123456789012", "us-east-1"), caller("999999999999", "eu-west-1")] {
        service.ask_as(&call, "CreateTable", &films()).await.unwrap();
    }
}

#[tokio::test]
async fn a_table_that_is_made_again_has_another_id_and_none_of_the_items() {
    let service = Service::new();
    let first = service.ok("CreateTable", films()).await["TableDescription"]["TableId"].clone();
    let item = json!({"title": {"S": "Alien"}, "year": {"S": "1979"}});
    service.ok("PutItem", json!({"TableName": "films", "Item": item})).await;
    service.ok("DeleteTable", json!({"TableName": "films"})).await;
    let second = service.ok("CreateTable", films()).await["TableDescription"]["TableId"].clone();
    assert_ne!(first, second);
    assert_eq!(service.describe().await["ItemCount"], 0);
    let found = service.ok("GetItem", json!({"TableName": "films", "Key": item})).await;
    assert_eq!(found, json!({}));
}

#[tokio::test]
async fn the_sizes_of_a_table_and_its_indexes_are_exact_and_live() {
    let service = Service::new();
    let sparse = with(
        index("by-rank", &[("rank", "HASH")]),
        json!({"Projection": {"ProjectionType": "KEYS_ONLY"}}),
    );
    let definitions = attributes(&["title", "year", "rank"]);
    let changes = json!({"AttributeDefinitions": definitions, "GlobalSecondaryIndexes": [sparse]});
    service.ok("CreateTable", with(films(), changes)).await;
    let ranked = json!({"title": {"S": "Alien"}, "year": {"S": "1979"}, "rank": {"S": "1"}, "note": {"S": "loud"}});
    let plain = json!({"title": {"S": "Brazil"}, "year": {"S": "1985"}});
    for item in [ranked, plain] {
        service.ok("PutItem", json!({"TableName": "films", "Item": item})).await;
    }
    let table = service.describe().await;
    let size = "titleAlienyear1979".len() + "titleBrazilyear1985".len();
    assert_eq!(
        (&table["ItemCount"], &table["TableSizeBytes"]),
        (&json!(2), &json!(size + "rank1noteloud".len()))
    );
    let index = &table["GlobalSecondaryIndexes"][0];
    let size = "titleAlienyear1979rank1".len();
    assert_eq!((&index["ItemCount"], &index["IndexSizeBytes"]), (&json!(1), &json!(size)));
}

#[tokio::test]
async fn a_table_goes_by_its_arn_where_the_arn_is_the_callers() {
    let service = Service::new();
    service.ok("CreateTable", films()).await;
    let by = |arn: &str| json!({"TableName": arn});
    assert_eq!(service.ok("DescribeTable", by(ARN)).await["Table"]["TableName"], "films");
    let elsewhere = ARN.replace("eu-west-1", "us-east-1");
    let text = "Requested resource not found: Table: films not found";
    assert_eq!(service.refused("DescribeTable", by(&elsewhere)).await, text);
    let foreign = ARN.replace("123456789012", "999999999999");
    let error = service.ask("DescribeTable", &by(&foreign)).await.unwrap_err();
    assert!(matches!(error, Error::AccessDenied));
}

#[tokio::test]
async fn tables_are_listed_in_the_order_of_their_names_page_by_page() {
    let service = Service::new();
    for name in ["ccc", "aaa", "bbb", "Zzz"] {
        service.ok("CreateTable", with(films(), json!({"TableName": name}))).await;
    }
    let list = async |body: Value| service.ok("ListTables", body).await;
    assert_eq!(list(json!({})).await, json!({"TableNames": ["Zzz", "aaa", "bbb", "ccc"]}));
    assert_eq!(
        list(json!({"Limit": 3})).await,
        json!({"TableNames": ["Zzz", "aaa", "bbb"], "LastEvaluatedTableName": "bbb"})
    );
    assert_eq!(list(json!({"Limit": 4})).await.get("LastEvaluatedTableName"), None);
    assert_eq!(
        list(json!({"ExclusiveStartTableName": "aab"})).await,
        json!({"TableNames": ["bbb", "ccc"]})
    );
    assert_eq!(
        list(json!({"ExclusiveStartTableName": "bbb"})).await,
        json!({"TableNames": ["ccc"]})
    );
    let elsewhere = caller("123456789012", "us-east-1");
    assert_eq!(
        service.ask_as(&elsewhere, "ListTables", &json!({})).await.unwrap(),
        json!({"TableNames": []})
    );
    assert_eq!(
        service.refused("ListTables", json!({"Limit": 101})).await,
        constraint(
            "Value '101' at 'limit' failed to satisfy constraint: Member must have value less than or equal to 100"
        )
    );
}

#[tokio::test]
async fn a_page_of_table_names_has_a_hundred_at_most() {
    let service = Service::new();
    for number in 0..101 {
        service
            .ok("CreateTable", with(films(), json!({"TableName": format!("t{number:03}")})))
            .await;
    }
    let page = service.ok("ListTables", json!({})).await;
    assert_eq!(page["TableNames"].as_array().unwrap().len(), 100);
    assert_eq!(page["LastEvaluatedTableName"], "t099");
}

#[tokio::test]
async fn a_deleted_table_is_gone_for_everybody_at_once() {
    let service = Service::new();
    let created = service.ok("CreateTable", provisioned()).await["TableDescription"].clone();
    let deleted = service.ok("DeleteTable", json!({"TableName": "films"})).await;
    let expected = json!({"TableDescription": {
        "TableName": "films",
        "TableStatus": "DELETING",
        "ProvisionedThroughput": created["ProvisionedThroughput"],
        "TableSizeBytes": 0,
        "ItemCount": 0,
        "TableArn": ARN,
        "TableId": created["TableId"],
        "DeletionProtectionEnabled": false,
    }});
    assert_eq!(deleted, expected);
    let text = "Requested resource not found: Table: films not found";
    assert_eq!(service.refused("DescribeTable", json!({"TableName": "films"})).await, text);
    assert_eq!(service.refused("DeleteTable", json!({"TableName": "films"})).await, text);
    let item = json!({"title": {"S": "Alien"}, "year": {"S": "1979"}});
    let error =
        service.ask("PutItem", &json!({"TableName": "films", "Item": item})).await.unwrap_err();
    assert!(matches!(error, Error::ResourceNotFound));
}

#[tokio::test]
async fn a_protected_table_is_not_deleted() {
    let service = Service::new();
    service.ok("CreateTable", with(films(), json!({"DeletionProtectionEnabled": true}))).await;
    assert_eq!(service.describe().await["DeletionProtectionEnabled"], true);
    assert_eq!(
        service.refused("DeleteTable", json!({"TableName": "films"})).await,
        "Resource cannot be deleted as it is currently protected against deletion. Disable deletion protection first."
    );
    let free = json!({"TableName": "films", "DeletionProtectionEnabled": false});
    let reply = service.ok("UpdateTable", free).await["TableDescription"].clone();
    assert_eq!(
        (&reply["TableStatus"], &reply["DeletionProtectionEnabled"]),
        (&json!("ACTIVE"), &json!(false))
    );
    service.ok("DeleteTable", json!({"TableName": "films"})).await;
}

/// Lets what runs in the background come to its end.
async fn settle(service: &Service) {
    for _ in 0..1000 {
        tokio::task::yield_now().await;
        if service.count(0x10).await + service.count(0x20).await + service.count(0x50).await == 0 {
            return;
        }
    }
}

/// A service with a table that has an item in itself and in each kind of index.
async fn with_an_item() -> Service {
    let service = Service::new();
    let changes = json!({
        "LocalSecondaryIndexes": [index("own", &[("title", "HASH"), ("year", "RANGE")])],
        "GlobalSecondaryIndexes": [index("by-year", &[("year", "HASH")])],
    });
    service.ok("CreateTable", with(films(), changes)).await;
    let item = json!({"title": {"S": "Alien"}, "year": {"S": "1979"}});
    service.ok("PutItem", json!({"TableName": "films", "Item": item})).await;
    assert_eq!((service.count(0x10).await, service.count(0x20).await), (1, 2));
    service
}

#[tokio::test]
async fn the_space_of_a_deleted_table_is_given_back() {
    let service = with_an_item().await;
    service.ok("DeleteTable", json!({"TableName": "films"})).await;
    settle(&service).await;
    for family in [0x10, 0x20, 0x50] {
        assert_eq!(service.count(family).await, 0);
    }
    for _ in 0..1000 {
        tokio::task::yield_now().await;
    }
    // Only the next number is left.
    assert_eq!(service.count(0x00).await, 1);
}

#[tokio::test]
async fn a_restart_goes_on_giving_back_space() {
    let service = with_an_item().await;
    // What a stop right after the commit of a deletion leaves: the numbers are those of the first table.
    let row = [2_u32, 3].iter().flat_map(|id| id.to_be_bytes()).collect::<Vec<_>>();
    let counters = (1..=3).flat_map(|id| [vec![0x50, 0, 0, 0, id, 0], vec![0x50, 0, 0, 0, id, 1]]);
    let mut writes: Vec<_> = counters.map(|key| (key.into(), None)).collect();
    writes.push((vec![4, 0, 0, 0, 1].into(), Some(row.into())));
    service.store.commit(Commit { writes, metadata: true, ..Commit::default() }).await.unwrap();
    let metadata = service.count(0x00).await;
    service.database.resume().await.unwrap();
    settle(&service).await;
    for _ in 0..1000 {
        tokio::task::yield_now().await;
    }
    assert_eq!((service.count(0x10).await, service.count(0x20).await), (0, 0));
    assert_eq!(service.count(0x00).await, metadata - 1);
}

#[tokio::test]
async fn of_many_who_create_a_table_at_once_one_does() {
    let service = Service::new();
    let mut attempts = tokio::task::JoinSet::new();
    for _ in 0..20 {
        let database = service.database.clone();
        attempts.spawn(async move {
            let body = films().to_string();
            let row = find(Api::DynamoDb, "CreateTable").unwrap();
            let call = caller("123456789012", "eu-west-1");
            database.run(row, &call, &Json::parse(body.as_bytes()).unwrap()).await.is_ok()
        });
    }
    let made = attempts.join_all().await.into_iter().filter(|is_made| *is_made).count();
    assert_eq!(made, 1);
}

#[tokio::test]
async fn an_update_of_throughput_shows_the_old_units_first_and_the_new_ones_right_after() {
    let service = Service::new();
    service.ok("CreateTable", provisioned()).await;
    let update =
        |read, write| json!({"TableName": "films", "ProvisionedThroughput": units(read, write)});
    let reply = service.ok("UpdateTable", update(6, 5)).await["TableDescription"].clone();
    assert_eq!(reply["TableStatus"], "UPDATING");
    assert_eq!(reply["ProvisionedThroughput"]["ReadCapacityUnits"], 5);
    let table = service.describe().await;
    let raised = json!({"LastIncreaseDateTime": 1_700_000_000.123, "NumberOfDecreasesToday": 0});
    assert_eq!(table["TableStatus"], "ACTIVE");
    assert_eq!(table["ProvisionedThroughput"], with(units(6, 5), raised.clone()));
    assert_eq!(
        service.refused("UpdateTable", update(6, 5)).await,
        "The provisioned throughput for the table will not change. The requested value equals the current value. Current ReadCapacityUnits provisioned for the table: 6. Requested ReadCapacityUnits: 6. Current WriteCapacityUnits provisioned for the table: 5. Requested WriteCapacityUnits: 5. Refer to the Amazon DynamoDB Developer Guide for current limits and how to request higher limits."
    );
    service.ok("UpdateTable", update(6, 1)).await;
    let lowered = json!({"LastDecreaseDateTime": 1_700_000_000.123, "NumberOfDecreasesToday": 1});
    let expected = with(with(units(6, 1), raised), lowered);
    assert_eq!(service.describe().await["ProvisionedThroughput"], expected);
    service.now.0.fetch_add(DAY_MS, Ordering::Relaxed);
    assert_eq!(service.describe().await["ProvisionedThroughput"]["NumberOfDecreasesToday"], 0);
}

#[tokio::test]
async fn an_index_has_a_throughput_of_its_own_to_update() {
    let service = Service::new();
    service.ok("CreateTable", provisioned()).await;
    let update = |name: &str, action: Value| {
        let action = with(json!({"IndexName": name}), action);
        json!({"TableName": "films", "GlobalSecondaryIndexUpdates": [{"Update": action}]})
    };
    let to = |read, write| json!({"ProvisionedThroughput": units(read, write)});
    let reply =
        service.ok("UpdateTable", update("by-year", to(2, 3))).await["TableDescription"].clone();
    assert_eq!(reply["TableStatus"], "ACTIVE");
    assert_eq!(reply["GlobalSecondaryIndexes"][0]["IndexStatus"], "UPDATING");
    let index = service.describe().await["GlobalSecondaryIndexes"][0].clone();
    assert_eq!(index["IndexStatus"], "ACTIVE");
    assert_eq!(index["ProvisionedThroughput"]["WriteCapacityUnits"], 3);
    let same = service.refused("UpdateTable", update("by-year", to(2, 3))).await;
    assert!(
        same.starts_with("The provisioned throughput for the index by-year will not change."),
        "{same}"
    );
    assert_eq!(
        service.refused("UpdateTable", update("other", to(1, 1))).await,
        "Requested resource not found"
    );
    assert_eq!(
        service.refused("UpdateTable", update("by-year", json!({}))).await,
        invalid(
            "Both ReadCapacityUnits and WriteCapacityUnits must be specified for index: by-year"
        )
    );
}

#[tokio::test]
async fn updates_of_indexes_are_one_action_each_and_one_for_each_index() {
    let service = Service::new();
    service.ok("CreateTable", provisioned()).await;
    let update =
        |updates: Value| json!({"TableName": "films", "GlobalSecondaryIndexUpdates": updates});
    let change = json!({"IndexName": "by-year", "ProvisionedThroughput": units(2, 2)});
    let delete = json!({"Delete": {"IndexName": "by-year"}});
    assert_eq!(
        service.refused("UpdateTable", update(json!([{}]))).await,
        invalid(
            "One of GlobalSecondaryIndexUpdate.Update, GlobalSecondaryIndexUpdate.Create, GlobalSecondaryIndexUpdate.Delete must not be null"
        )
    );
    assert_eq!(
        service
            .refused(
                "UpdateTable",
                update(json!([with(delete.clone(), json!({"Update": change}))]))
            )
            .await,
        invalid(
            "Only one global secondary index action is allowed per GlobalSecondaryIndexUpdate object"
        )
    );
    assert_eq!(
        service
            .refused("UpdateTable", update(json!([{"Update": change}, {"Update": change}])))
            .await,
        invalid(
            "Only one global secondary index update per index is allowed simultaneously. Index: by-year"
        )
    );
    let error = service
        .ask("UpdateTable", &update(json!([delete, {"Delete": {"IndexName": "other"}}])))
        .await;
    assert!(matches!(error, Err(Error::LimitExceeded(_))));
}

#[tokio::test]
async fn a_switch_to_provisioned_needs_the_units_of_the_table_and_of_every_index() {
    let service = Service::new();
    let global = json!({"GlobalSecondaryIndexes": [index("by-year", &[("year", "HASH")])]});
    service.ok("CreateTable", with(films(), global)).await;
    let switch = json!({"TableName": "films", "BillingMode": "PROVISIONED"});
    assert_eq!(
        service.refused("UpdateTable", switch.clone()).await,
        invalid("ProvisionedThroughput must be specified when BillingMode is PROVISIONED")
    );
    let switch = with(switch, json!({"ProvisionedThroughput": units(3, 4)}));
    assert_eq!(
        service.refused("UpdateTable", switch.clone()).await,
        invalid("ProvisionedThroughput must be specified for index: by-year")
    );
    let change = json!({"IndexName": "by-year", "ProvisionedThroughput": units(1, 2)});
    let switch = with(switch, json!({"GlobalSecondaryIndexUpdates": [{"Update": change}]}));
    let reply = service.ok("UpdateTable", switch).await["TableDescription"].clone();
    assert_eq!(
        (&reply["TableStatus"], &reply["ProvisionedThroughput"]["ReadCapacityUnits"]),
        (&json!("UPDATING"), &json!(3))
    );
    let table = service.describe().await;
    let billing = json!({"BillingMode": "PROVISIONED", "LastUpdateToPayPerRequestDateTime": 1_700_000_000.123});
    assert_eq!(table["BillingModeSummary"], billing);
    assert_eq!(table["WarmThroughput"]["WriteUnitsPerSecond"], 4000);
    assert_eq!(
        table["GlobalSecondaryIndexes"][0]["ProvisionedThroughput"]["WriteCapacityUnits"],
        2
    );
}

#[tokio::test]
async fn a_table_goes_on_demand_without_units_and_again_without_a_change() {
    let service = Service::new();
    service.ok("CreateTable", provisioned()).await;
    service.now.0.fetch_add(1000, Ordering::Relaxed);
    let switch = json!({"TableName": "films", "BillingMode": "PAY_PER_REQUEST"});
    service.ok("UpdateTable", switch.clone()).await;
    let table = service.describe().await;
    assert_eq!(table["BillingModeSummary"]["LastUpdateToPayPerRequestDateTime"], 1_700_000_001.123);
    assert_eq!(
        table["ProvisionedThroughput"],
        with(units(0, 0), json!({"NumberOfDecreasesToday": 0}))
    );
    assert_eq!(table["GlobalSecondaryIndexes"][0]["ProvisionedThroughput"]["ReadCapacityUnits"], 0);
    service.now.0.fetch_add(1000, Ordering::Relaxed);
    let reply = service.ok("UpdateTable", switch).await["TableDescription"].clone();
    assert_eq!(reply["TableStatus"], "UPDATING");
    assert_eq!(service.describe().await, table);
    assert_eq!(
        service
            .refused(
                "UpdateTable",
                json!({"TableName": "films", "ProvisionedThroughput": units(1, 1)})
            )
            .await,
        invalid(
            "Neither ReadCapacityUnits nor WriteCapacityUnits can be specified when BillingMode is PAY_PER_REQUEST"
        )
    );
    let change = json!({"IndexName": "by-year", "ProvisionedThroughput": units(1, 2)});
    let update = json!({"TableName": "films", "GlobalSecondaryIndexUpdates": [{"Update": change}]});
    assert_eq!(
        service.refused("UpdateTable", update).await,
        invalid(
            "The only Updates for index: by-year when TableThroughputMode is PAY_PER_REQUEST can be to OnDemandThroughput, WarmThroughput"
        )
    );
}

#[tokio::test]
async fn a_table_class_is_described_once_it_is_chosen() {
    let service = Service::new();
    service.ok("CreateTable", films()).await;
    assert_eq!(service.describe().await.get("TableClassSummary"), None);
    let update = |class: &str| json!({"TableName": "films", "TableClass": class});
    let reply =
        service.ok("UpdateTable", update("STANDARD_INFREQUENT_ACCESS")).await["TableDescription"]
            .clone();
    assert_eq!((&reply["TableStatus"], reply.get("TableClassSummary")), (&json!("UPDATING"), None));
    let summary = json!({"TableClass": "STANDARD_INFREQUENT_ACCESS", "LastUpdateDateTime": 1_700_000_000.123});
    assert_eq!(service.describe().await["TableClassSummary"], summary);
    let both = with(update("STANDARD"), json!({"DeletionProtectionEnabled": true}));
    assert_eq!(
        service.refused("UpdateTable", both).await,
        invalid("TableClass modification must be the only operation in the request")
    );
    let second = json!({"TableName": "other", "TableClass": "STANDARD"});
    service.ok("CreateTable", with(films(), second)).await;
    let other = service.ok("DescribeTable", json!({"TableName": "other"})).await;
    assert_eq!(other["Table"]["TableClassSummary"], json!({"TableClass": "STANDARD"}));
}

#[tokio::test]
async fn an_update_says_what_to_change_of_a_table_that_is_there() {
    let service = Service::new();
    let empty = service.refused("UpdateTable", json!({"TableName": "films"})).await;
    assert!(empty.starts_with("At least one of ProvisionedThroughput, BillingMode,"), "{empty}");
    let empty = service
        .refused("UpdateTable", json!({"TableName": "films", "GlobalSecondaryIndexUpdates": []}))
        .await;
    assert!(empty.starts_with("At least one of ProvisionedThroughput, BillingMode,"), "{empty}");
    let update = json!({"TableName": "films", "TableClass": "STANDARD"});
    assert_eq!(
        service
            .refused(
                "UpdateTable",
                with(update.clone(), json!({"GlobalSecondaryIndexUpdates": []}))
            )
            .await,
        invalid("List of GlobalSecondaryIndexUpdates is empty")
    );
    let text = "Requested resource not found: Table: films not found";
    assert_eq!(service.refused("UpdateTable", update).await, text);
}

#[tokio::test]
async fn definitions_in_an_update_that_no_new_index_needs_change_nothing() {
    let service = Service::new();
    service.ok("CreateTable", films()).await;
    let definitions = json!([
        {"AttributeName": "year", "AttributeType": "N"},
        {"AttributeName": "rank", "AttributeType": "S"},
    ]);
    let update = json!({"TableName": "films", "DeletionProtectionEnabled": false, "AttributeDefinitions": definitions});
    service.ok("UpdateTable", update).await;
    assert_eq!(service.describe().await["AttributeDefinitions"], attributes(&["title", "year"]));
}

fn tags(names: impl IntoIterator<Item = impl ToString>) -> Value {
    names.into_iter().map(|name| json!({"Key": name.to_string(), "Value": ""})).collect()
}

#[tokio::test]
async fn tags_are_kept_changed_and_taken_away() {
    let service = Service::new();
    service.ok("CreateTable", with(films(), json!({"Tags": [{"Key": "b", "Value": "1"}]}))).await;
    let list = async || service.ok("ListTagsOfResource", json!({"ResourceArn": ARN})).await;
    assert_eq!(list().await, json!({"Tags": [{"Key": "b", "Value": "1"}]}));
    let more = json!([{"Key": "b", "Value": "2"}, {"Key": "a", "Value": ""}]);
    assert_eq!(
        service.ok("TagResource", json!({"ResourceArn": ARN, "Tags": more})).await,
        json!({})
    );
    assert_eq!(
        list().await,
        json!({"Tags": [{"Key": "a", "Value": ""}, {"Key": "b", "Value": "2"}]})
    );
    let gone = json!({"ResourceArn": ARN, "TagKeys": ["a", "c"]});
    assert_eq!(service.ok("UntagResource", gone).await, json!({}));
    assert_eq!(list().await, json!({"Tags": [{"Key": "b", "Value": "2"}]}));
    service.ok("DeleteTable", json!({"TableName": "films"})).await;
    service.ok("CreateTable", films()).await;
    assert_eq!(list().await, json!({"Tags": []}));
}

#[tokio::test]
async fn tags_are_listed_ten_at_a_time() {
    let service = Service::new();
    service.ok("CreateTable", with(films(), json!({"Tags": tags(10..35)}))).await;
    let (mut seen, mut token, mut pages) = (Vec::new(), Value::Null, 0);
    loop {
        let page =
            service.ok("ListTagsOfResource", json!({"ResourceArn": ARN, "NextToken": token})).await;
        let keys = page["Tags"]
            .as_array()
            .unwrap()
            .iter()
            .map(|tag| tag["Key"].as_str().unwrap().to_owned());
        seen.extend(keys);
        pages += 1;
        match page.get("NextToken") {
            Some(next) => token = next.clone(),
            None => break,
        }
    }
    assert_eq!(pages, 3);
    assert_eq!(seen, (10..35).map(|key| key.to_string()).collect::<Vec<_>>());
}

#[tokio::test]
async fn a_table_has_fifty_tags_at_most_and_is_not_made_with_more() {
    let service = Service::new();
    let text = "Number of Tags exceed the current limit for the provided ResourceArn";
    assert_eq!(service.create_refused(json!({"Tags": tags(0..51)})).await, text);
    assert_eq!(service.ok("ListTables", json!({})).await, json!({"TableNames": []}));
    service.ok("CreateTable", with(films(), json!({"Tags": tags(0..50)}))).await;
    assert_eq!(
        service.refused("TagResource", json!({"ResourceArn": ARN, "Tags": tags(["more"])})).await,
        text
    );
    service.ok("TagResource", json!({"ResourceArn": ARN, "Tags": tags([7])})).await;
    let keys: Vec<_> = (0..51).map(|key| key.to_string()).collect();
    assert_eq!(
        service.refused("UntagResource", json!({"ResourceArn": ARN, "TagKeys": keys})).await,
        text
    );
}

#[tokio::test]
async fn a_faulty_tag_is_refused_with_all_that_came_with_it() {
    let service = Service::new();
    service.ok("CreateTable", films()).await;
    let tag = async |tags: Value| {
        service.refused("TagResource", json!({"ResourceArn": ARN, "Tags": tags})).await
    };
    assert_eq!(tag(json!([])).await, "Atleast one Tag needs to be provided as Input.");
    assert_eq!(tag(json!([{"Key": "a"}])).await, "The Tag Value provided is invalid, Value: null");
    assert_eq!(tag(json!([{"Value": "a"}])).await, "The Tag Key provided is invalid, Key: null");
    assert_eq!(
        tag(json!([{"Key": "a", "Value": "50%"}])).await,
        "The Tag Value provided is invalid, Value: 50%"
    );
    assert_eq!(
        tag(tags(["a", "b", "a"])).await,
        "Duplicate Tag Keys provided as input: Duplicate Tag Key found a"
    );
    assert_eq!(tag(tags(["a", "aws:b"])).await, "Tag Key cannot be prefixed with aws:, Key: aws:b");
    let long = "v".repeat(257);
    assert_eq!(
        tag(json!([{"Key": "a", "Value": long}])).await,
        format!("The Tag Value provided is invalid, Value: {long}")
    );
    assert_eq!(
        service.refused("UntagResource", json!({"ResourceArn": ARN, "TagKeys": []})).await,
        "Atleast one Tag Key needs to be provided as Input."
    );
    assert_eq!(
        service.ok("ListTagsOfResource", json!({"ResourceArn": ARN})).await,
        json!({"Tags": []})
    );
}

#[tokio::test]
async fn only_the_arn_of_an_own_table_has_tags() {
    let service = Service::new();
    service.ok("CreateTable", films()).await;
    let list =
        async |arn: &str| service.refused("ListTagsOfResource", json!({"ResourceArn": arn})).await;
    assert_eq!(list("films").await, invalid("ARNs must start with 'arn:': films"));
    let bucket = "arn:aws:s3:::films";
    assert_eq!(
        list(bucket).await,
        invalid(&format!("Provided Arn is not a DynamoDB resource arn: {bucket}"))
    );
    let index = format!("{ARN}/index/by-year");
    assert_eq!(
        list(&index).await,
        invalid(&format!(
            "Invalid resource arn provided, only table or stream is accepted. Provided resource arn: {index}"
        ))
    );
    let unknown = ARN.replace("films", "other");
    assert_eq!(
        list(&unknown).await,
        format!("Requested resource not found: ResourcArn: {unknown} not found")
    );
    let elsewhere = ARN.replace("eu-west-1", "us-east-1");
    assert_eq!(
        list(&elsewhere).await,
        format!("Invalid TableArn: Invalid ResourceArn provided as input {elsewhere}")
    );
    let foreign = json!({"ResourceArn": ARN.replace("123456789012", "999999999999")});
    assert!(matches!(service.ask("ListTagsOfResource", &foreign).await, Err(Error::AccessDenied)));
}

#[tokio::test]
async fn limits_and_endpoints_are_told() {
    let service = Service::new();
    let limits = json!({
        "AccountMaxReadCapacityUnits": 80000,
        "AccountMaxWriteCapacityUnits": 80000,
        "TableMaxReadCapacityUnits": 40000,
        "TableMaxWriteCapacityUnits": 40000,
    });
    assert_eq!(service.ok("DescribeLimits", json!({})).await, limits);
    let endpoints =
        json!({"Endpoints": [{"Address": "localhost:8000", "CachePeriodInMinutes": 1440}]});
    assert_eq!(service.ok("DescribeEndpoints", json!({})).await, endpoints);
}

#[tokio::test]
async fn a_feature_that_is_off_is_described_as_off_on_a_table_that_is_there() {
    let service = Service::new();
    let named = json!({"TableName": "films"});
    let features = [
        ("DescribeTimeToLive", json!({"TimeToLiveDescription": {"TimeToLiveStatus": "DISABLED"}})),
        (
            "DescribeContinuousBackups",
            json!({"ContinuousBackupsDescription": {
                "ContinuousBackupsStatus": "ENABLED",
                "PointInTimeRecoveryDescription": {"PointInTimeRecoveryStatus": "DISABLED"},
            }}),
        ),
        (
            "DescribeContributorInsights",
            json!({"TableName": "films", "ContributorInsightsStatus": "DISABLED"}),
        ),
        (
            "DescribeKinesisStreamingDestination",
            json!({"TableName": "films", "KinesisDataStreamDestinations": []}),
        ),
        ("ListContributorInsights", json!({"ContributorInsightsSummaries": []})),
    ];
    for (name, _) in &features {
        let expected = match *name {
            "DescribeContinuousBackups" => "Table not found: films",
            _ => "Requested resource not found: Table: films not found",
        };
        assert_eq!(service.refused(name, named.clone()).await, expected, "{name}");
    }
    service.ok("CreateTable", provisioned()).await;
    for (name, expected) in features {
        assert_eq!(service.ok(name, named.clone()).await, expected, "{name}");
    }
    let index = |index: &str| json!({"TableName": "films", "IndexName": index});
    let described = service.ok("DescribeContributorInsights", index("by-year")).await;
    assert_eq!(described["IndexName"], "by-year");
    let text = "Requested resource not found: Index: other not found for table: films";
    assert_eq!(service.refused("DescribeContributorInsights", index("other")).await, text);
}

#[tokio::test]
async fn lists_of_what_there_is_not_are_empty() {
    let service = Service::new();
    let lists = [
        ("ListBackups", "BackupSummaries"),
        ("ListContributorInsights", "ContributorInsightsSummaries"),
        ("ListExports", "ExportSummaries"),
        ("ListGlobalTables", "GlobalTables"),
        ("ListImports", "ImportSummaryList"),
        ("ListStreams", "Streams"),
    ];
    for (name, member) in lists {
        assert_eq!(service.ok(name, json!({})).await, json!({ member: [] }), "{name}");
    }
    assert_eq!(
        service.ok("ListBackups", json!({"TableName": "films"})).await,
        json!({"BackupSummaries": []})
    );
    assert_eq!(
        service
            .refused("ListBackups", json!({"TimeRangeLowerBound": 2, "TimeRangeUpperBound": 1.5}))
            .await,
        invalid("Time range lower bound must be less than or equal to upper bound")
    );
    for (name, member) in
        [("ListBackups", "Limit"), ("ListExports", "MaxResults"), ("ListImports", "PageSize")]
    {
        let text = service.refused(name, json!({ member: 0 })).await;
        assert!(text.ends_with("Member must have value greater than or equal to 1"), "{text}");
    }
}

#[tokio::test]
async fn what_there_is_not_is_not_found_by_an_arn_of_its_kind() {
    let service = Service::new();
    service.ok("CreateTable", films()).await;
    for kind in ["Backup", "Export", "Import"] {
        let (name, member) = (format!("Describe{kind}"), format!("{kind}Arn"));
        let arn = format!("{ARN}/{}/01700000000000-0123abcd", kind.to_lowercase());
        assert_eq!(
            service.refused(&name, json!({ &member: arn })).await,
            format!("{kind} not found: {arn}")
        );
        let other = format!("{ARN}/index/by-year");
        assert_eq!(
            service.refused(&name, json!({ &member: other })).await,
            format!("Invalid {kind} ARN")
        );
        let foreign = json!({ &member: arn.replace("123456789012", "999999999999") });
        assert!(matches!(service.ask(&name, &foreign).await, Err(Error::AccessDenied)));
        let short = service.refused(&name, json!({ &member: "a" })).await;
        assert!(short.ends_with("Member must have length greater than or equal to 37"), "{short}");
    }
    for (name, prefix) in
        [("DescribeGlobalTable", "Global table not found: "), ("DescribeGlobalTableSettings", "")]
    {
        assert_eq!(
            service.refused(name, json!({"GlobalTableName": "films"})).await,
            format!("{prefix}Global table with name: 'films' does not exist.")
        );
    }
    assert_eq!(
        service.refused("GetResourcePolicy", json!({"ResourceArn": ARN})).await,
        format!("Resource-based policy not found for the provided ResourceArn: {ARN}")
    );
}
