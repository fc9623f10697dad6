//! Auto scaling: provisioned throughput that follows what is consumed.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::needless_pass_by_value,
    reason = "a test may panic, and its values are made in place"
)]

#[expect(dead_code, reason = "other tests ask for more")]
mod service;

use std::sync::atomic::Ordering;

use pixii_database::Options;
use serde_json::{Value, json};
use storage::Store;

use service::{Service, attributes, index, key, units, with};

const UPDATE: &str = "UpdateTableReplicaAutoScaling";
const DESCRIBE: &str = "DescribeTableReplicaAutoScaling";

fn options() -> Options {
    Options { scales_any_table: true, ..Options::default() }
}

fn songs() -> Value {
    let by_genre = index("by-genre", &[("genre", "HASH")]);
    json!({
        "TableName": "songs",
        "AttributeDefinitions": attributes(&["id", "genre"]),
        "KeySchema": key(&[("id", "HASH")]),
        "ProvisionedThroughput": units(5, 5),
        "GlobalSecondaryIndexes": [with(by_genre, json!({"ProvisionedThroughput": units(5, 5)}))],
    })
}

fn rules(min: i64, max: i64, target: f64) -> Value {
    let tracking = json!({"TargetValue": target});
    let policy = json!({"TargetTrackingScalingPolicyConfiguration": tracking});
    json!({"MinimumUnits": min, "MaximumUnits": max, "ScalingPolicyUpdate": policy})
}

/// An update of the writes of the table.
fn of_writes(rules: Value) -> Value {
    json!({"TableName": "songs", "ProvisionedWriteCapacityAutoScalingUpdate": rules})
}

/// An update of the reads of the table, in a Region.
fn of_reads(region: &str, rules: Value) -> Value {
    let replica = json!({
        "RegionName": region,
        "ReplicaProvisionedReadCapacityAutoScalingUpdate": rules,
    });
    json!({"TableName": "songs", "ReplicaUpdates": [replica]})
}

impl Service {
    async fn with_songs() -> Self {
        let service = Self::over(Store::in_memory(), options());
        service.ok("CreateTable", songs()).await;
        service
    }

    /// One minute, in which so many writes of a unit are made each second.
    async fn minute(&self, writes: usize) {
        for id in 0..writes * 60 {
            let item = json!({"id": {"S": id.to_string()}, "genre": {"S": "folk"}});
            self.ok("PutItem", json!({"TableName": "songs", "Item": item})).await;
        }
        self.now.0.fetch_add(60_000, Ordering::Relaxed);
        self.database.end_minute().await.unwrap();
    }

    /// Read and write units of the table.
    async fn provisioned(&self) -> (i64, i64) {
        let table = self.ok("DescribeTable", json!({"TableName": "songs"})).await["Table"].take();
        of(&table)
    }

    async fn replica(&self) -> Value {
        let mut reply = self.ok(DESCRIBE, json!({"TableName": "songs"})).await;
        reply["TableAutoScalingDescription"]["Replicas"][0].take()
    }
}

fn of(described: &Value) -> (i64, i64) {
    let throughput = &described["ProvisionedThroughput"];
    let units = |member: &str| throughput[member].as_i64().unwrap();
    (units("ReadCapacityUnits"), units("WriteCapacityUnits"))
}

fn failed(rest: &str) -> String {
    format!("Failed to update settings for global table with name: ‘songs’{rest}")
}

#[tokio::test]
async fn a_table_without_replicas_is_no_global_table() {
    let service = Service::new();
    service.ok("CreateTable", songs()).await;
    for name in ["songs", "none"] {
        let expected = format!("Global table with name: '{name}' does not exist.");
        let table = json!({"TableName": name});
        assert_eq!(service.refused(DESCRIBE, table.clone()).await, expected);
        let update = with(of_writes(rules(1, 10, 50.0)), table);
        assert_eq!(service.refused(UPDATE, update).await, expected);
    }
}

#[tokio::test]
async fn rules_are_described_as_they_were_set() {
    let service = Service::with_songs().await;
    let none = json!({"AutoScalingDisabled": true, "ScalingPolicies": []});
    let replica = service.replica().await;
    assert_eq!(replica["RegionName"], "eu-west-1");
    assert_eq!(replica["ReplicaStatus"], "ACTIVE");
    assert_eq!(replica["ReplicaProvisionedReadCapacityAutoScalingSettings"], none);
    assert_eq!(replica["ReplicaProvisionedWriteCapacityAutoScalingSettings"], none);
    assert_eq!(
        replica["GlobalSecondaryIndexes"],
        json!([{
            "IndexName": "by-genre",
            "IndexStatus": "ACTIVE",
            "ProvisionedReadCapacityAutoScalingSettings": none,
            "ProvisionedWriteCapacityAutoScalingSettings": none,
        }])
    );
    let tracking = json!({"DisableScaleIn": true, "ScaleInCooldown": 120, "ScaleOutCooldown": 60, "TargetValue": 55.0});
    let named = json!({
        "MinimumUnits": 2,
        "MaximumUnits": 20,
        "AutoScalingRoleArn": "arn:aws:iam::123456789012:role/scaler",
        "ScalingPolicyUpdate": {"PolicyName": "mine", "TargetTrackingScalingPolicyConfiguration": tracking},
    });
    service.ok(UPDATE, of_writes(named)).await;
    service.ok(UPDATE, of_reads("eu-west-1", rules(1, 10, 19.9))).await;
    let replica = service.replica().await;
    assert_eq!(
        replica["ReplicaProvisionedWriteCapacityAutoScalingSettings"],
        json!({
            "MinimumUnits": 2,
            "MaximumUnits": 20,
            "AutoScalingRoleArn": "arn:aws:iam::123456789012:role/scaler",
            "ScalingPolicies": [{
                "PolicyName": "mine",
                "TargetTrackingScalingPolicyConfiguration": tracking,
            }],
        })
    );
    let read = &replica["ReplicaProvisionedReadCapacityAutoScalingSettings"];
    let policy = &read["ScalingPolicies"][0];
    assert_eq!(policy["PolicyName"], "DynamoDBReadCapacityUtilization:table/songs");
    assert_eq!(policy["TargetTrackingScalingPolicyConfiguration"], json!({"TargetValue": 19.9}));
    let role = read["AutoScalingRoleArn"].as_str().unwrap();
    assert!(role.ends_with("AWSServiceRoleForApplicationAutoScaling_DynamoDBTable"), "{role}");
    service.ok(UPDATE, of_writes(json!({"AutoScalingDisabled": true}))).await;
    let replica = service.replica().await;
    assert_eq!(replica["ReplicaProvisionedWriteCapacityAutoScalingSettings"], none);
    assert_eq!(replica["ReplicaProvisionedReadCapacityAutoScalingSettings"]["MinimumUnits"], 1);
}

#[tokio::test]
async fn throughput_follows_what_is_consumed_up_and_down() {
    let service = Service::with_songs().await;
    service.ok(UPDATE, of_writes(rules(5, 40, 50.0))).await;
    service.minute(0).await;
    service.minute(10).await;
    assert_eq!(service.provisioned().await, (5, 5));
    service.minute(10).await;
    assert_eq!(service.provisioned().await, (5, 20));
    service.minute(30).await;
    service.minute(30).await;
    assert_eq!(service.provisioned().await, (5, 40));
    for _ in 0..14 {
        service.minute(0).await;
    }
    assert_eq!(service.provisioned().await, (5, 40));
    service.minute(0).await;
    assert_eq!(service.provisioned().await, (5, 5));
}

#[tokio::test]
async fn an_index_has_rules_of_its_own() {
    let service = Service::with_songs().await;
    let index = json!({"IndexName": "by-genre", "ProvisionedWriteCapacityAutoScalingUpdate": rules(1, 100, 50.0)});
    let update = json!({"TableName": "songs", "GlobalSecondaryIndexUpdates": [index]});
    service.ok(UPDATE, update).await;
    // The writes of the first minute make the entries, the others leave them as they are.
    service.minute(0).await;
    for from in [0, 1000] {
        for id in from..from + 600 {
            let item = json!({"id": {"S": id.to_string()}, "genre": {"S": "folk"}});
            service.ok("PutItem", json!({"TableName": "songs", "Item": item})).await;
        }
        service.minute(0).await;
    }
    let table = service.ok("DescribeTable", json!({"TableName": "songs"})).await["Table"].take();
    assert_eq!(of(&table), (5, 5));
    assert_eq!(of(&table["GlobalSecondaryIndexes"][0]), (5, 20));
    let settings = &service.replica().await["GlobalSecondaryIndexes"][0];
    let policies = &settings["ProvisionedWriteCapacityAutoScalingSettings"]["ScalingPolicies"];
    let name = "DynamoDBWriteCapacityUtilization:table/songs/index/by-genre";
    assert_eq!(policies[0]["PolicyName"], name);
}

#[tokio::test]
async fn rules_confine_what_is_provisioned_when_they_are_set() {
    let service = Service::with_songs().await;
    service.ok(UPDATE, of_writes(rules(10, 40, 50.0))).await;
    assert_eq!(service.provisioned().await, (5, 10));
    service.ok(UPDATE, of_reads("eu-west-1", rules(3, 3, 50.0))).await;
    assert_eq!(service.provisioned().await, (3, 10));
}

#[tokio::test]
async fn rules_outlive_a_restart_and_go_with_the_table() {
    let service = Service::with_songs().await;
    service.ok(UPDATE, of_writes(rules(5, 40, 50.0))).await;
    let service = Service::over(service.store.clone(), options());
    service.minute(0).await;
    service.minute(10).await;
    service.minute(10).await;
    assert_eq!(service.provisioned().await, (5, 20));
    assert_eq!(service.database.check().await.unwrap().faults, []);
    service.ok("DeleteTable", json!({"TableName": "songs"})).await;
    assert_eq!(service.database.check().await.unwrap().faults, []);
    service.database.end_minute().await.unwrap();
    service.ok("CreateTable", songs()).await;
    let settings = &service.replica().await["ReplicaProvisionedWriteCapacityAutoScalingSettings"];
    assert_eq!(settings["AutoScalingDisabled"], true);
}

#[tokio::test]
async fn on_demand_the_rules_are_kept_and_do_nothing() {
    let service = Service::with_songs().await;
    service.ok(UPDATE, of_writes(rules(5, 40, 50.0))).await;
    service
        .ok("UpdateTable", json!({"TableName": "songs", "BillingMode": "PAY_PER_REQUEST"}))
        .await;
    for _ in 0..3 {
        service.minute(10).await;
    }
    assert_eq!(service.provisioned().await, (0, 0));
    let settings = &service.replica().await["ReplicaProvisionedWriteCapacityAutoScalingSettings"];
    assert_eq!(
        (&settings["AutoScalingDisabled"], &settings["MaximumUnits"]),
        (&json!(true), &json!(40))
    );
}

#[tokio::test]
async fn quotas_hold_for_auto_scaling_too() {
    let quotas = Options { enforce_quotas: true, ..options() };
    let service = Service::over(Store::in_memory(), quotas);
    service.ok("CreateTable", songs()).await;
    service.ok(UPDATE, of_writes(rules(1, 50_000, 50.0))).await;
    for units in [4, 3, 2, 1] {
        let less = json!({"TableName": "songs", "ProvisionedThroughput": self::units(units, 5)});
        service.ok("UpdateTable", less).await;
    }
    for _ in 0..16 {
        service.minute(0).await;
    }
    // The fifth decrease of a day waits for an hour after the fourth.
    assert_eq!(service.provisioned().await, (1, 5));
    for _ in 0..46 {
        service.minute(0).await;
    }
    assert_eq!(service.provisioned().await, (1, 1));
}

#[tokio::test]
async fn faulty_rules_are_refused() {
    let service = Service::with_songs().await;
    let refused = async |update: Value| service.refused(UPDATE, update).await;
    let required = " are required unless auto scaling is being disabled.";
    let full = rules(1, 10, 50.0);
    for (rules, expected) in [
        (json!({}), failed(&format!(": Parameters 'MaximumUnits', 'ScalingPolicyUpdate', 'MinimumUnits'{required}"))),
        (json!({"MinimumUnits": 1, "MaximumUnits": 2}), failed(&format!(": Parameters 'ScalingPolicyUpdate'{required}"))),
        (rules(2, 1, 50.0), "Maximum capacity cannot be less than minimum capacity".to_owned()),
        (
            rules(1, 10, 90.1),
            "For predefined metric type DynamoDBWriteCapacityUtilization, target value must be between '10.0' and '90.0', but was '90.1'.".to_owned(),
        ),
        (
            with(full.clone(), json!({"AutoScalingDisabled": true})),
            "Failed to update settings for global table with name ‘songs’: Parameters 'MaximumUnits', 'ScalingPolicyUpdate', 'MinimumUnits' must be left blank when disabling auto scaling.".to_owned(),
        ),
    ] {
        assert_eq!(refused(of_writes(rules)).await, expected);
    }
    assert_eq!(
        refused(of_reads("us-east-1", full.clone())).await,
        failed(" because a replica does not exist in regions: ‘[us-east-1]’.")
    );
    let nothing = json!({"TableName": "songs", "ReplicaUpdates": [{"RegionName": "eu-west-1"}]});
    assert_eq!(
        refused(nothing).await,
        failed(" because at least one update parameter must be specified for region: ‘eu-west-1’.")
    );
    let index = json!({"IndexName": "none", "ProvisionedWriteCapacityAutoScalingUpdate": full});
    assert_eq!(
        refused(json!({"TableName": "songs", "GlobalSecondaryIndexUpdates": [index]})).await,
        failed(" because the global secondary indexes with names: ‘[none]’ do not exist.")
    );
    let low = with(rules(1, 10, 50.0), json!({"MinimumUnits": 0}));
    assert!(
        refused(of_writes(low))
            .await
            .ends_with("Member must have value greater than or equal to 1")
    );
}
