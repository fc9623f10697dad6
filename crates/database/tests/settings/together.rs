//! Which changes of a table go together in one request: hardly any.

use serde_json::{Value, json};

use crate::service::{Service, index_update, indexed, invalid, provisioned, units, with};

/// A change of each kind, for an on-demand table.
fn kinds() -> [(&'static str, Value); 6] {
    [
        ("Server-Side Encryption", json!({"SSESpecification": {"Enabled": true}})),
        ("TableClass", json!({"TableClass": "STANDARD_INFREQUENT_ACCESS"})),
        ("DeletionProtection", json!({"DeletionProtectionEnabled": true})),
        ("WarmThroughput", json!({"WarmThroughput": {"ReadUnitsPerSecond": 13_000}})),
        ("OnDemandThroughput", json!({"OnDemandThroughput": {"MaxReadRequestUnits": 9}})),
        ("indexes", index_update(json!({"OnDemandThroughput": {"MaxReadRequestUnits": 9}}))),
    ]
}

#[tokio::test]
async fn no_two_kinds_of_change_go_together_and_nothing_of_them_is_made() {
    let service = Service::free();
    service.create(indexed(json!({}))).await;
    let before = service.describe().await;
    let kinds = kinds();
    for (place, (first, change)) in kinds.iter().enumerate() {
        for (_, other) in kinds.iter().skip(place + 1) {
            let expected = match *first {
                "WarmThroughput" => "WarmThroughput must be the only operation in the request".into(),
                "OnDemandThroughput" => {
                    "OnDemandThroughput can only be combined with BillingMode in an UpdateTable request".into()
                }
                first => format!("{first} modification must be the only operation in the request"),
            };
            let refused = service.update_refused(with(change.clone(), other.clone())).await;
            assert_eq!(refused, invalid(&expected));
        }
    }
    for (first, change) in &kinds[..4] {
        let both = with(change.clone(), json!({"BillingMode": "PAY_PER_REQUEST"}));
        let refused = service.update_refused(both).await;
        assert!(
            refused.ends_with("must be the only operation in the request"),
            "{first}: {refused}"
        );
    }
    assert_eq!(service.describe().await, before);
}

#[tokio::test]
async fn billing_on_demand_goes_with_its_limits_and_with_no_units() {
    let service = Service::free();
    service.create(provisioned(5)).await;
    let switch = json!({"BillingMode": "PAY_PER_REQUEST"});
    assert_eq!(
        service
            .update_refused(with(switch.clone(), json!({"ProvisionedThroughput": units(1, 1)})))
            .await,
        invalid("ProvisionedThroughput cannot be specified when BillingMode is PAY_PER_REQUEST")
    );
    let limits = json!({"OnDemandThroughput": {"MaxWriteRequestUnits": 9}});
    let reply = service.update(with(switch.clone(), limits.clone())).await;
    assert_eq!(reply["TableStatus"], "UPDATING");
    assert_eq!(reply["OnDemandThroughput"], limits["OnDemandThroughput"]);
    // The billing that there is already is no change, and no fault.
    let reply = service.update(with(switch.clone(), limits)).await;
    assert_eq!(reply["TableStatus"], "UPDATING");
    assert_eq!(service.update(switch).await["TableStatus"], "UPDATING");
    assert_eq!(service.describe().await["TableStatus"], "ACTIVE");
}

#[tokio::test]
async fn an_index_that_becomes_provisioned_needs_units_whatever_else_is_asked_of_it() {
    let service = Service::free();
    service.create(indexed(json!({}))).await;
    let warm = json!({"WarmThroughput": {"ReadUnitsPerSecond": 13_000}});
    assert_eq!(
        service.update_refused(with(provisioned(5), index_update(warm.clone()))).await,
        invalid("ProvisionedThroughput must be specified for index: by-year")
    );
    let both = with(warm, json!({"ProvisionedThroughput": units(1, 2)}));
    service.update(with(provisioned(5), index_update(both))).await;
    let index = service.describe().await["GlobalSecondaryIndexes"][0].clone();
    assert_eq!(index["ProvisionedThroughput"]["WriteCapacityUnits"], 2);
    assert_eq!(index["WarmThroughput"]["ReadUnitsPerSecond"], 13_000);
}

#[tokio::test]
async fn what_names_nothing_asks_for_nothing() {
    let service = Service::free();
    service.create(json!({})).await;
    for empty in [json!({"WarmThroughput": {}}), json!({"OnDemandThroughput": {}}), json!({})] {
        let refused = service.update_refused(empty.clone()).await;
        assert!(
            refused.starts_with("At least one of ProvisionedThroughput, BillingMode,"),
            "{refused}"
        );
        service.update(with(empty, json!({"DeletionProtectionEnabled": false}))).await;
    }
}

#[tokio::test]
async fn what_is_not_built_yet_says_so() {
    let service = Service::free();
    service.create(json!({})).await;
    for (name, value) in [
        ("GlobalTableSettingsReplicationMode", json!("ENABLED")),
        ("VectorIndexUpdates", json!([])),
    ] {
        assert_eq!(
            service.update_refused(json!({name: value})).await,
            format!("The parameter {name} is not implemented in this version of Pixii")
        );
    }
}
