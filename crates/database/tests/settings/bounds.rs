//! Warm throughput, and limits on demand.

use serde_json::{Value, json};

use crate::service::{Service, index_update, indexed, invalid, provisioned, units, with};

fn warm(read: i64, write: i64) -> Value {
    json!({"WarmThroughput": {"ReadUnitsPerSecond": read, "WriteUnitsPerSecond": write}})
}

fn limits(read: i64, write: i64) -> Value {
    json!({"OnDemandThroughput": {"MaxReadRequestUnits": read, "MaxWriteRequestUnits": write}})
}

fn described(read: i64, write: i64, status: &str) -> Value {
    json!({"ReadUnitsPerSecond": read, "WriteUnitsPerSecond": write, "Status": status})
}

const INITIAL: &str = "https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/on-demand-capacity-mode.html#on-demand-capacity-mode-initial";

#[tokio::test]
async fn warm_throughput_that_is_asked_for_is_on_its_way_and_then_there() {
    let service = Service::free();
    let changes = with(
        warm(12_001, 4001),
        indexed(json!({"WarmThroughput": {"ReadUnitsPerSecond": 13_000}})),
    );
    let created = service.create(changes).await;
    assert_eq!(created["WarmThroughput"], described(12_001, 4001, "UPDATING"));
    let index = &created["GlobalSecondaryIndexes"][0];
    assert_eq!(index["WarmThroughput"], described(13_000, 4000, "UPDATING"));
    let table = service.describe().await;
    assert_eq!(table["WarmThroughput"], described(12_001, 4001, "ACTIVE"));
    let index = &table["GlobalSecondaryIndexes"][0];
    assert_eq!(index["WarmThroughput"], described(13_000, 4000, "ACTIVE"));
}

#[tokio::test]
async fn nothing_is_created_less_warm_than_it_would_be_anyway() {
    let service = Service::free();
    let initial = |member: &str, owner: &str| {
        invalid(&format!(
            "Requested {member} for WarmThroughput for {owner} is lower than initial throughput for OnDemand. See: {INITIAL}"
        ))
    };
    let refused = service.create_refused(warm(11_999, 1)).await;
    assert_eq!(refused, initial("ReadUnitsPerSecond", "table"));
    let refused = service.create_refused(warm(12_000, 3999)).await;
    assert_eq!(refused, initial("WriteUnitsPerSecond", "table"));
    let refused = service.create_refused(indexed(warm(1, 1))).await;
    assert_eq!(refused, initial("ReadUnitsPerSecond", "index by-year"));
    assert_eq!(
        service.create_refused(with(provisioned(10), warm(10, 9))).await,
        invalid(
            "Requested WriteUnitsPerSecond for WarmThroughput for table is lower than WriteCapacityUnits of ProvisionedThroughput"
        )
    );
    service.create(with(provisioned(10), warm(100, 10))).await;
    assert_eq!(service.describe().await["WarmThroughput"], described(100, 10, "ACTIVE"));
}

#[tokio::test]
async fn warm_throughput_is_raised_and_never_lowered() {
    let service = Service::free();
    service.create(indexed(json!({}))).await;
    let reply = service.update(warm(12_001, 4001)).await;
    assert_eq!(reply["TableStatus"], "ACTIVE");
    assert_eq!(reply["WarmThroughput"], described(12_000, 4000, "UPDATING"));
    assert_eq!(service.describe().await["WarmThroughput"], described(12_001, 4001, "ACTIVE"));
    let lowered = |member: &str, owner: &str| {
        invalid(&format!(
            "Requested {member} for WarmThroughput for {owner} is lower than current WarmThroughput, decreasing WarmThroughput is not supported"
        ))
    };
    let refused = service.update_refused(warm(12_001, 4000)).await;
    assert_eq!(refused, lowered("WriteUnitsPerSecond", "table"));
    service.update(warm(12_001, 4001)).await;
    service.update(json!({"WarmThroughput": {"WriteUnitsPerSecond": 5000}})).await;
    assert_eq!(service.describe().await["WarmThroughput"], described(12_001, 5000, "ACTIVE"));
    let refused = service.update_refused(index_update(warm(100, 100))).await;
    assert_eq!(refused, lowered("ReadUnitsPerSecond", "index by-year"));
    let reply = service.update(index_update(warm(12_000, 4500))).await;
    let index = &reply["GlobalSecondaryIndexes"][0];
    assert_eq!(index["WarmThroughput"], described(12_000, 4000, "UPDATING"));
    assert_eq!(index["IndexStatus"], "ACTIVE");
    let index = &service.describe().await["GlobalSecondaryIndexes"][0];
    assert_eq!(index["WarmThroughput"], described(12_000, 4500, "ACTIVE"));
    assert_eq!(
        service.update_refused(index_update(json!({"WarmThroughput": {}}))).await,
        invalid(
            "WarmThroughput must have at least one of ReadUnitsPerSecond or WriteUnitsPerSecond specified for index: by-year"
        )
    );
}

#[tokio::test]
async fn a_table_stays_as_warm_as_it_ever_was() {
    let service = Service::free();
    let index = indexed(json!({"ProvisionedThroughput": units(1, 1)}));
    service.create(with(provisioned(1), index)).await;
    let warm = async || service.describe().await["WarmThroughput"].clone();
    assert_eq!(warm().await, described(1, 1, "ACTIVE"));
    service.update(json!({"ProvisionedThroughput": units(3, 3)})).await;
    service.update(json!({"ProvisionedThroughput": units(2, 1)})).await;
    assert_eq!(warm().await, described(3, 3, "ACTIVE"));
    service.update(json!({"BillingMode": "PAY_PER_REQUEST"})).await;
    assert_eq!(warm().await, described(12_000, 4000, "ACTIVE"));
    let index = index_update(json!({"ProvisionedThroughput": units(1, 1)}));
    service.update(with(provisioned(1), index)).await;
    assert_eq!(warm().await, described(12_000, 4000, "ACTIVE"));
    let index = &service.describe().await["GlobalSecondaryIndexes"][0];
    assert_eq!(index["WarmThroughput"], described(12_000, 4000, "ACTIVE"));
}

#[tokio::test]
async fn limits_on_demand_are_kept_for_the_table_and_for_each_index() {
    let service = Service::free();
    let index = json!({"OnDemandThroughput": {"MaxReadRequestUnits": 50}});
    let created = service.create(with(limits(1000, 500), indexed(index.clone()))).await;
    assert_eq!(created["OnDemandThroughput"], limits(1000, 500)["OnDemandThroughput"]);
    let table = service.describe().await;
    assert_eq!(table["OnDemandThroughput"], limits(1000, 500)["OnDemandThroughput"]);
    let described = &table["GlobalSecondaryIndexes"][0]["OnDemandThroughput"];
    assert_eq!(described, &index["OnDemandThroughput"]);
    // An index is not held to the limits of its table.
    let reply = service.update(index_update(limits(5000, 5000))).await;
    assert_eq!(reply["TableStatus"], "ACTIVE");
    assert_eq!(reply["GlobalSecondaryIndexes"][0]["IndexStatus"], "UPDATING");
    service
        .update(index_update(json!({"OnDemandThroughput": {"MaxReadRequestUnits": 6000}})))
        .await;
    let index = &service.describe().await["GlobalSecondaryIndexes"][0];
    assert_eq!(index["OnDemandThroughput"], limits(6000, 5000)["OnDemandThroughput"]);
}

#[tokio::test]
async fn a_limit_goes_with_minus_one_and_the_reply_says_so() {
    let service = Service::free();
    service.create(limits(1000, 500)).await;
    let remove = |member: &str| json!({"OnDemandThroughput": {member: -1}});
    let reply = service.update(remove("MaxReadRequestUnits")).await;
    assert_eq!(reply["TableStatus"], "ACTIVE");
    assert_eq!(reply["OnDemandThroughput"], limits(-1, 500)["OnDemandThroughput"]);
    let left = json!({"MaxWriteRequestUnits": 500});
    assert_eq!(service.describe().await["OnDemandThroughput"], left);
    let reply = service.update(remove("MaxWriteRequestUnits")).await;
    assert_eq!(reply["OnDemandThroughput"], remove("MaxWriteRequestUnits")["OnDemandThroughput"]);
    assert_eq!(service.describe().await.get("OnDemandThroughput"), None);
    let reply = service.update(limits(-1, 7)).await;
    assert_eq!(reply["OnDemandThroughput"], limits(-1, 7)["OnDemandThroughput"]);
}

#[tokio::test]
async fn a_limit_is_at_least_one() {
    let service = Service::free();
    let outside = |member: &str, owner: &str| {
        invalid(&format!(
            "Requested {member} for OnDemandThroughput for {owner} is outside of valid range"
        ))
    };
    for units in [0, -1, -2] {
        let refused = service.create_refused(limits(units, 1)).await;
        assert_eq!(refused, outside("MaxReadRequestUnits", "table"));
    }
    let refused = service.create_refused(indexed(limits(1, 0))).await;
    assert_eq!(refused, outside("MaxWriteRequestUnits", "index : by-year"));
    service.create(indexed(json!({"OnDemandThroughput": {}, "WarmThroughput": {}}))).await;
    let refused = service.update_refused(limits(1, -2)).await;
    assert_eq!(refused, outside("MaxWriteRequestUnits", "table"));
    let refused = service.update_refused(index_update(limits(0, 0))).await;
    assert_eq!(refused, outside("MaxReadRequestUnits", "index : by-year"));
}

#[tokio::test]
async fn limits_go_with_billing_on_demand() {
    let service = Service::free();
    assert_eq!(
        service.create_refused(with(provisioned(1), limits(1, 1))).await,
        invalid(
            "MaxReadRequestUnits for OnDemandThroughput cannot be specified when table BillingMode is PROVISIONED."
        )
    );
    let index = with(limits(1, 1), json!({"ProvisionedThroughput": units(1, 1)}));
    assert_eq!(
        service.create_refused(with(provisioned(1), indexed(index))).await,
        invalid(
            "MaxReadRequestUnits for OnDemandThroughput for index: by-year cannot be specified when table BillingMode is PROVISIONED."
        )
    );
    let index = indexed(json!({"ProvisionedThroughput": units(1, 1)}));
    service.create(with(provisioned(1), index)).await;
    assert_eq!(
        service.update_refused(limits(1, 1)).await,
        invalid(
            "MaxReadRequestUnits for OnDemandThroughput cannot be specified when the table BillingMode is PROVISIONED"
        )
    );
    assert_eq!(
        service.update_refused(index_update(limits(1, 1))).await,
        invalid(
            "MaxReadRequestUnits for OnDemandThroughput for index : by-year cannot be specified when the table BillingMode is PROVISIONED"
        )
    );
    let switch = json!({"BillingMode": "PAY_PER_REQUEST"});
    service.update(with(switch, limits(100, 100))).await;
    let table = service.describe().await;
    assert_eq!(table["OnDemandThroughput"], limits(100, 100)["OnDemandThroughput"]);
    let index = index_update(json!({"ProvisionedThroughput": units(1, 1)}));
    service.update(with(provisioned(1), index)).await;
    assert_eq!(service.describe().await.get("OnDemandThroughput"), None);
}
