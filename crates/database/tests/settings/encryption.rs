//! Encryption by a key of the account's.

use serde_json::{Value, json};

use crate::service::{Service, invalid};

const KEY: &str = "arn:aws:kms:eu-west-1:123456789012:key/0123abcd-4567-89ab-cdef-0123456789ab";

fn specification(members: Value) -> Value {
    json!({"SSESpecification": members})
}

fn with_key(key: &str) -> Value {
    specification(json!({"Enabled": true, "SSEType": "KMS", "KMSMasterKeyId": key}))
}

fn enabled(key: &str) -> Value {
    json!({"Status": "ENABLED", "SSEType": "KMS", "KMSMasterKeyArn": key})
}

#[tokio::test]
async fn a_table_is_described_with_the_key_of_the_account() {
    let service = Service::free();
    let created = service.create(specification(json!({"Enabled": true}))).await;
    let described = service.describe().await["SSEDescription"].clone();
    assert_eq!(created["SSEDescription"], described);
    let key = described["KMSMasterKeyArn"].as_str().unwrap().to_owned();
    assert_eq!(described, enabled(&key));
    let id = key.strip_prefix("arn:aws:kms:eu-west-1:123456789012:key/").unwrap();
    assert_eq!(id.len(), 36);
    service.update(specification(json!({"Enabled": false}))).await;
    service.update(specification(json!({"SSEType": "KMS"}))).await;
    assert_eq!(service.describe().await["SSEDescription"], enabled(&key));
}

#[tokio::test]
async fn a_change_of_the_key_shows_the_old_one_first() {
    let service = Service::free();
    assert_eq!(
        service.create(specification(json!({"Enabled": false}))).await.get("SSEDescription"),
        None
    );
    let reply = service.update(with_key(KEY)).await;
    assert_eq!(reply["TableStatus"], "ACTIVE");
    assert_eq!(reply["SSEDescription"], json!({"Status": "UPDATING"}));
    assert_eq!(service.describe().await["SSEDescription"], enabled(KEY));
    let reply = service.update(with_key("alias/mine")).await;
    let updating = json!({"Status": "UPDATING", "SSEType": "KMS", "KMSMasterKeyArn": KEY});
    assert_eq!(reply["SSEDescription"], updating);
    let described = service.describe().await["SSEDescription"].clone();
    let key = described["KMSMasterKeyArn"].as_str().unwrap();
    assert_ne!(key, KEY);
    let reply = service.update(specification(json!({"Enabled": false}))).await;
    let updating = json!({"Status": "UPDATING", "SSEType": "KMS", "KMSMasterKeyArn": key});
    assert_eq!(reply["SSEDescription"], updating);
    assert_eq!(service.describe().await.get("SSEDescription"), None);
}

#[tokio::test]
async fn what_is_plainly_no_change_of_the_encryption_is_refused() {
    let service = Service::free();
    service.create(json!({})).await;
    let default = invalid("Table is already encrypted by default");
    assert_eq!(service.update_refused(specification(json!({}))).await, default);
    assert_eq!(service.update_refused(specification(json!({"Enabled": false}))).await, default);
    service.update(with_key(KEY)).await;
    assert_eq!(
        service.update_refused(with_key(KEY)).await,
        invalid(
            "Table is already encrypted with given KMSMasterKeyId. Use KMSMasterKeyId parameter if you want to change Master Key"
        )
    );
    // By another name it is a change like any other, as it is to the service.
    service.update(with_key("0123abcd-4567-89ab-cdef-0123456789ab")).await;
    assert_eq!(service.describe().await["SSEDescription"], enabled(KEY));
}

#[tokio::test]
async fn the_members_of_an_encryption_go_together() {
    let service = Service::free();
    let refused = async |members: Value| service.create_refused(specification(members)).await;
    assert_eq!(
        refused(json!({"Enabled": true, "SSEType": "AES256"})).await,
        invalid("SSEType AES256 is not supported")
    );
    assert_eq!(
        refused(json!({"Enabled": false, "SSEType": "KMS"})).await,
        invalid("SSEType can not be specified if Enabled is false")
    );
    assert_eq!(
        refused(json!({"Enabled": false, "KMSMasterKeyId": KEY})).await,
        invalid("KMSMasterKeyId can not be specified if Enabled is false")
    );
    assert_eq!(
        refused(json!({"Enabled": true, "KMSMasterKeyId": KEY})).await,
        invalid("SSEType KMS is required if KMSMasterKeyId is specified")
    );
    assert_eq!(
        refused(json!({"SSEType": "AES-256"})).await,
        "1 validation error detected: Value 'AES-256' at 'sSESpecification.sSEType' failed to satisfy constraint: Member must satisfy enum value set: [AES256, KMS]"
    );
    assert_eq!(
        refused(json!({"SSEType": "KMS", "KMSMasterKeyId": ""})).await,
        "1 validation error detected: Value '' at 'sSESpecification.kMSMasterKeyId' failed to satisfy constraint: Member must have length greater than or equal to 1"
    );
}

#[tokio::test]
async fn a_key_that_cannot_be_one_is_refused() {
    let service = Service::free();
    let refused = async |key: &str| service.create_refused(with_key(key)).await;
    let fault = "KMS validation error: com.amazonaws.services.kms.model.NotFoundException: Invalid";
    assert_eq!(refused("a-key").await, format!("{fault} keyId 'a-key'"));
    assert_eq!(
        refused(&KEY.replace("eu-west-1", "us-east-1")).await,
        format!("{fault} arn us-east-1")
    );
    let key = KEY.replace("key/0123", "key/");
    assert_eq!(refused(&key).await, format!("{fault} arn {key}"));
    assert_eq!(service.ok("ListTables", json!({})).await, json!({"TableNames": []}));
}
