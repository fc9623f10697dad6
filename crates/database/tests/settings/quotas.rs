//! Cool-downs and account quotas, where they are enforced.

use pixii_database::Options;
use serde_json::{Value, json};

use crate::service::{
    DAY_MS, HOUR_MS, Service, films, index_update, indexed, provisioned, units, with,
};

fn enforced() -> Options {
    Options { enforce_quotas: true, ..Options::default() }
}

fn strict() -> Service {
    Service::holding(enforced())
}

fn throughput(units_each: i64) -> Value {
    json!({"ProvisionedThroughput": units(units_each, units_each)})
}

const DECREASES: &str = "Subscriber limit exceeded: Provisioned throughput decreases are limited within a given UTC day. After the first 4 decreases, each subsequent decrease in the same UTC day can be performed at most once every 3600 seconds.";

#[tokio::test]
async fn after_four_decreases_of_a_day_there_is_one_an_hour() {
    let service = strict();
    service.create(provisioned(10)).await;
    for units_each in [9, 8, 7, 6] {
        service.update(throughput(units_each)).await;
    }
    let refused = service.update_refused(throughput(5)).await;
    let expected = "Number of decreases today: 4. Last decrease at Wednesday, November 15, 2023 at 12:00:00 PM Coordinated Universal Time. Next decrease can be made at Wednesday, November 15, 2023 at 1:00:00 PM Coordinated Universal Time";
    assert_eq!(refused, format!("{DECREASES} {expected}"));
    // One side less is a decrease, whatever becomes of the other; more on both is not.
    let mixed = json!({"ProvisionedThroughput": units(5, 20)});
    assert!(service.update_refused(mixed).await.starts_with(DECREASES));
    service.update(throughput(7)).await;
    service.pass(HOUR_MS);
    service.update(throughput(5)).await;
    assert!(service.update_refused(throughput(4)).await.starts_with(DECREASES));
}

#[tokio::test]
async fn a_new_day_begins_with_four_decreases() {
    let service = strict();
    service.create(provisioned(10)).await;
    // Half an hour before midnight.
    service.pass(12 * HOUR_MS - HOUR_MS / 2);
    for units_each in [9, 8, 7, 6] {
        service.update(throughput(units_each)).await;
    }
    let refused = service.update_refused(throughput(5)).await;
    assert!(
        refused
            .ends_with("at Thursday, November 16, 2023 at 12:00:00 AM Coordinated Universal Time"),
        "{refused}"
    );
    service.pass(HOUR_MS / 2);
    for units_each in [5, 4, 3, 2] {
        service.update(throughput(units_each)).await;
    }
    assert!(service.update_refused(throughput(1)).await.starts_with(DECREASES));
}

#[tokio::test]
async fn an_index_has_decreases_of_its_own() {
    let service = strict();
    service.create(with(provisioned(10), indexed(throughput(10)))).await;
    for units_each in [9, 8, 7, 6] {
        service.update(throughput(units_each)).await;
        service.update(index_update(throughput(units_each))).await;
    }
    assert!(service.update_refused(index_update(throughput(1))).await.starts_with(DECREASES));
}

#[tokio::test]
async fn a_table_goes_on_demand_four_times_a_day() {
    let service = strict();
    service.create(provisioned(1)).await;
    let switch = json!({"BillingMode": "PAY_PER_REQUEST"});
    for _ in 0..4 {
        service.update(switch.clone()).await;
        service.update(provisioned(1)).await;
        service.pass(HOUR_MS);
    }
    assert_eq!(
        service.update_refused(switch.clone()).await,
        "Subscriber limit exceeded: Update to PayPerRequest mode are limited to 4 times in 1 day(s). Last update at Wed Nov 15 15:00:00 UTC 2023. Next update can be made at Thu Nov 16 12:00:00 UTC 2023"
    );
    service.pass(DAY_MS - 4 * HOUR_MS);
    service.update(switch.clone()).await;
    // What there is already is no switch.
    service.update(switch.clone()).await;
    service.update(provisioned(1)).await;
    let refused = service.update_refused(switch).await;
    assert!(
        refused.ends_with("Next update can be made at Thu Nov 16 13:00:00 UTC 2023"),
        "{refused}"
    );
}

#[tokio::test]
async fn a_class_changes_twice_in_thirty_days() {
    let service = strict();
    service.create(json!({})).await;
    let class = |class: &str| json!({"TableClass": class});
    service.update(class("STANDARD_INFREQUENT_ACCESS")).await;
    service.pass(DAY_MS);
    service.update(class("STANDARD")).await;
    let text =
        "Subscriber limit exceeded: Updates to TableClass are limited to 2 times in 30 day(s).";
    assert_eq!(service.update_refused(class("STANDARD_INFREQUENT_ACCESS")).await, text);
    service.pass(29 * DAY_MS);
    service.update(class("STANDARD_INFREQUENT_ACCESS")).await;
    assert_eq!(service.update_refused(class("STANDARD")).await, text);
}

#[tokio::test]
async fn expiry_is_switched_once_an_hour() {
    let service = strict();
    service.create(json!({})).await;
    let switch = |is_on: bool| {
        let specification = json!({"Enabled": is_on, "AttributeName": "until"});
        json!({"TableName": "films", "TimeToLiveSpecification": specification})
    };
    service.ok("UpdateTimeToLive", switch(true)).await;
    let text = "Time to live has been modified multiple times within a fixed interval";
    assert_eq!(service.refused("UpdateTimeToLive", switch(false)).await, text);
    service.pass(HOUR_MS);
    service.ok("UpdateTimeToLive", switch(false)).await;
    assert_eq!(service.refused("UpdateTimeToLive", switch(true)).await, text);
}

#[tokio::test]
async fn after_four_changes_of_the_encryption_in_a_day_there_is_one_in_six_hours() {
    let service = strict();
    service.create(json!({})).await;
    let enable = |is_enabled: bool| json!({"SSESpecification": {"Enabled": is_enabled}});
    for is_enabled in [true, false, true, false] {
        service.update(enable(is_enabled)).await;
        service.pass(60_000);
    }
    assert_eq!(
        service.update_refused(enable(true)).await,
        "Subscriber limit exceeded: Encryption mode changes are limited in the 24h window ending at 2023-11-16T12:00:00.000Z. After the first 4 change, each subsequent change in the same window can be performed at most once every 21600 seconds. Number of updates today: 4. Last change at 2023-11-15T12:03:00.000Z. Next changes can be made at 2023-11-15T18:03:00.000Z."
    );
    service.pass(6 * HOUR_MS);
    service.update(enable(true)).await;
    assert!(service.update_refused(enable(false)).await.contains("Number of updates today: 5."));
}

const HIGHER: &str = "Refer to the Amazon DynamoDB Developer Guide for current limits and how to request higher limits.";

#[tokio::test]
async fn a_table_and_each_of_its_indexes_may_have_so_many_units() {
    let service = strict();
    assert_eq!(
        service.create_refused(provisioned(40_001)).await,
        format!(
            "The requested ReadCapacityUnits, 40001, is above the per table maximum for the account in eu-west-1. Per table maximum: 40000. {HIGHER}"
        )
    );
    let index = json!({"ProvisionedThroughput": units(1, 40_001)});
    assert_eq!(
        service.create_refused(with(provisioned(1), indexed(index))).await,
        format!(
            "The requested WriteCapacityUnits for index by-year, 40001, is above the per index maximum for the account in eu-west-1. Per index maximum: 40000. {HIGHER}"
        )
    );
    service.create(provisioned(40_000)).await;
    let refused = service.update_refused(json!({"ProvisionedThroughput": units(1, 40_001)})).await;
    assert!(refused.starts_with("The requested WriteCapacityUnits, 40001, is above"), "{refused}");
}

#[tokio::test]
async fn the_tables_of_an_account_may_have_so_many_units_together() {
    let service = strict();
    service.create(with(provisioned(40_000), indexed(throughput(30_000)))).await;
    let other = |units_each: i64| {
        with(with(films(), json!({"TableName": "other"})), provisioned(units_each))
    };
    let limits = service.ok("DescribeLimits", json!({})).await;
    let max = limits["AccountMaxReadCapacityUnits"].as_i64().unwrap();
    assert_eq!(
        service.refused("CreateTable", other(10_001)).await,
        format!(
            "This request would have caused the ReadCapacityUnits limit to be exceeded for the account in eu-west-1. Current ReadCapacityUnits reserved by the account: 70000. Limit: {max}. Requested: 10001. {HIGHER}"
        )
    );
    service.ok("CreateTable", other(10_000)).await;
    let refused = service.update_refused(index_update(throughput(30_001))).await;
    assert!(
        refused.contains("reserved by the account: 80000. Limit: 80000. Requested: 70001."),
        "{refused}"
    );
    service.update(index_update(throughput(29_999))).await;
    service.update(index_update(throughput(30_000))).await;
}

#[tokio::test]
async fn bounds_are_within_what_a_table_may_have() {
    let service = strict();
    let limit = |units: i64| json!({"OnDemandThroughput": {"MaxReadRequestUnits": units}});
    let warm = |units: i64| json!({"WarmThroughput": {"WriteUnitsPerSecond": units}});
    let text = |member: &str, side: &str| {
        format!(
            "Subscriber limit exceeded: Requested {member} exceeds TableMax{side}CapacityUnits of the account in region eu-west-1"
        )
    };
    assert_eq!(
        service.create_refused(limit(40_001)).await,
        text("MaxReadRequestUnits for OnDemandThroughput for table", "Read")
    );
    service.create(indexed(json!({}))).await;
    assert_eq!(
        service.update_refused(index_update(limit(40_001))).await,
        text("MaxReadRequestUnits for OnDemandThroughput for index : by-year", "Read")
    );
    assert_eq!(
        service.update_refused(warm(40_001)).await,
        text("WriteUnitsPerSecond for WarmThroughput for table", "Write")
    );
    assert_eq!(
        service.update_refused(index_update(warm(40_001))).await,
        text("WriteUnitsPerSecond for WarmThroughput for index by-year", "Write")
    );
    service.update(warm(40_000)).await;
}

#[tokio::test]
async fn an_account_has_2500_tables_in_a_region() {
    let named = |number: usize| with(films(), json!({"TableName": format!("t{number:04}")}));
    let free = Service::free();
    for number in 0..2500 {
        free.ok("CreateTable", named(number)).await;
    }
    let service = Service::over(free.store.clone(), enforced());
    assert_eq!(
        service.refused("CreateTable", named(2500)).await,
        "Subscriber limit exceeded: There is a limit of 2500 tables per subscriber"
    );
    assert_eq!(service.refused("CreateTable", named(7)).await, "Table already exists: t0007");
    service.ok("DeleteTable", json!({"TableName": "t0007"})).await;
    service.ok("CreateTable", named(2500)).await;
}

#[tokio::test]
async fn without_being_enforced_no_quota_holds() {
    let service = Service::free();
    service.create(with(provisioned(90_000), indexed(throughput(90_000)))).await;
    for units_each in (1..20).rev() {
        service.update(throughput(units_each)).await;
    }
    for _ in 0..6 {
        service.update(json!({"BillingMode": "PAY_PER_REQUEST"})).await;
        let index = index_update(throughput(1));
        service.update(with(provisioned(1), index)).await;
        for class in ["STANDARD_INFREQUENT_ACCESS", "STANDARD"] {
            service.update(json!({"TableClass": class})).await;
        }
        for is_enabled in [true, false] {
            service.update(json!({"SSESpecification": {"Enabled": is_enabled}})).await;
        }
    }
}
