//! Recovery to a point in time, and backups: what a restored table holds.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::needless_pass_by_value,
    reason = "a test may panic, and its values are made in place"
)]

#[expect(dead_code, reason = "other tests ask for more")]
mod service;

use std::collections::BTreeMap;
use std::sync::atomic::Ordering;

use fastrand::Rng;
use pixii_database::error::{Off, Unrestorable};
use pixii_database::{Archive, Error, Options};
use serde_json::{Value, json};
use storage::Store;

use service::{NOON_MS, Service, attributes, eventually, index, key, units, with};

const HOUR_MS: u64 = 3_600_000;
const DAY_MS: u64 = 24 * HOUR_MS;
/// The families that a table's items and its history are kept in.
const ITEMS: u8 = 0x10;
const LOG: u8 = 0x30;

/// What a table holds: the items by their titles.
type Films = BTreeMap<String, Value>;

fn films() -> Value {
    json!({
        "TableName": "films",
        "AttributeDefinitions": attributes(&["title", "part", "director", "year"]),
        "KeySchema": key(&[("title", "HASH"), ("part", "RANGE")]),
        "BillingMode": "PAY_PER_REQUEST",
        "GlobalSecondaryIndexes": [index("by-director", &[("director", "HASH")])],
        "LocalSecondaryIndexes": [index("by-year", &[("title", "HASH"), ("year", "RANGE")])],
    })
}

fn film(title: &str, year: usize) -> Value {
    json!({
        "title": {"S": title}, "part": {"S": "1"}, "year": {"S": year.to_string()},
        "director": {"S": format!("director {}", year % 3)},
    })
}

impl Service {
    async fn with_films(options: Options) -> Self {
        let service = Self::over(Store::in_memory(), options);
        service.ok("CreateTable", films()).await;
        service
    }

    async fn recovering() -> Self {
        let service = Self::with_films(Options::default()).await;
        service.recover(true).await;
        service
    }

    async fn recover(&self, is_on: bool) -> Value {
        let specification = json!({"PointInTimeRecoveryEnabled": is_on});
        let body = json!({"TableName": "films", "PointInTimeRecoverySpecification": specification});
        self.ok("UpdateContinuousBackups", body).await["ContinuousBackupsDescription"]["PointInTimeRecoveryDescription"]
            .take()
    }

    async fn put(&self, title: &str, year: usize) {
        self.ok("PutItem", json!({"TableName": "films", "Item": film(title, year)})).await;
    }

    fn pass(&self, time_ms: u64) {
        self.now.0.fetch_add(time_ms, Ordering::Relaxed);
    }

    fn now_ms(&self) -> u64 {
        self.now.0.load(Ordering::Relaxed)
    }

    /// All items of a table or an index.
    async fn scan(&self, table: &str, index: Option<&str>) -> Films {
        let mut items = Films::new();
        let mut body = json!({"TableName": table, "Limit": 7});
        if let Some(index) = index {
            body["IndexName"] = index.into();
        }
        loop {
            let page = self.ok("Scan", body.clone()).await;
            for item in page["Items"].as_array().unwrap() {
                items.insert(item["title"]["S"].as_str().unwrap().to_owned(), item.clone());
            }
            match page.get("LastEvaluatedKey") {
                Some(last) => body["ExclusiveStartKey"] = last.clone(),
                None => return items,
            }
        }
    }

    /// Restores the table to a second, and gives what the new one holds when it is there.
    async fn restore(&self, target: &str, second: u64) -> Films {
        let body = json!({
            "SourceTableName": "films", "TargetTableName": target, "RestoreDateTime": second,
        });
        let begun = self.ok("RestoreTableToPointInTime", body).await;
        let summary = &begun["TableDescription"]["RestoreSummary"];
        assert_eq!(summary["RestoreInProgress"], true);
        assert_eq!(
            summary["RestoreDateTime"].as_f64().unwrap().to_bits(),
            seconds(second).to_bits()
        );
        self.until_active(target).await;
        self.restored(target).await
    }

    /// What a restored table holds, which its indexes and counts must agree with.
    async fn restored(&self, table: &str) -> Films {
        let films = self.scan(table, None).await;
        assert_eq!(self.scan(table, Some("by-director")).await, films);
        assert_eq!(self.scan(table, Some("by-year")).await, films);
        let described = self.describe(table).await;
        assert_eq!(described["ItemCount"], films.len());
        assert_eq!(described.get("RestoreSummary"), None);
        films
    }

    async fn describe(&self, table: &str) -> Value {
        self.ok("DescribeTable", json!({"TableName": table})).await["Table"].take()
    }

    async fn until_active(&self, table: &str) {
        let is_active = async || self.describe(table).await["TableStatus"] == "ACTIVE";
        eventually(is_active, "the table is restored").await;
    }

    async fn back_up(&self, name: &str) -> String {
        let body = json!({"TableName": "films", "BackupName": name});
        let details = self.ok("CreateBackup", body).await["BackupDetails"].take();
        assert_eq!(details["BackupStatus"], "CREATING");
        details["BackupArn"].as_str().unwrap().to_owned()
    }

    async fn backup(&self, arn: &str) -> Value {
        self.ok("DescribeBackup", json!({"BackupArn": arn})).await["BackupDescription"].take()
    }

    async fn until_available(&self, arn: &str) {
        // The job yields to others by the clock of the machine.
        for _ in 0..10_000 {
            if self.backup(arn).await["BackupDetails"]["BackupStatus"] == "AVAILABLE" {
                return;
            }
            tokio::time::sleep(std::time::Duration::from_millis(1)).await;
        }
        unreachable!("the backup is never made");
    }

    async fn restore_backup(
        &self,
        arn: &str,
        target: &str,
        overrides: Value,
    ) -> Result<Value, Error> {
        let body = json!({"BackupArn": arn, "TargetTableName": target});
        self.ask("RestoreTableFromBackup", &with(body, overrides)).await
    }

    async fn is_sound(&self) {
        let report = self.database.check().await.unwrap();
        assert!(
            report.faults.is_empty(),
            "{:?}",
            report.faults.iter().map(ToString::to_string).collect::<Vec<_>>()
        );
    }
}

#[expect(clippy::cast_precision_loss, reason = "seconds since 1970 are far from 2^53")]
fn seconds(second: u64) -> f64 {
    second as f64
}

/// Changes one film or another, or several in one transaction, and tells the model.
async fn change(service: &Service, random: &mut Rng, model: &mut Films) {
    let title = format!("film {}", random.usize(..12));
    match random.u8(..8) {
        0..=3 => {
            let film = film(&title, random.usize(1900..2000));
            service.ok("PutItem", json!({"TableName": "films", "Item": film})).await;
            model.insert(title, film);
        }
        4 | 5 => {
            let key = json!({"title": {"S": title}, "part": {"S": "1"}});
            service.ok("DeleteItem", json!({"TableName": "films", "Key": key})).await;
            model.remove(&title);
        }
        _ => {
            let films: Films = (0..random.usize(2..5))
                .map(|n| {
                    (format!("film {n}"), film(&format!("film {n}"), random.usize(1900..2000)))
                })
                .collect();
            let put = |film: &Value| json!({"Put": {"TableName": "films", "Item": film}});
            let puts: Vec<_> = films.values().map(put).collect();
            service.ok("TransactWriteItems", json!({"TransactItems": puts})).await;
            model.extend(films);
        }
    }
}

#[tokio::test]
async fn a_restore_is_the_table_as_it_was_at_the_time() {
    for seed in 0..40 {
        let mut random = Rng::with_seed(seed);
        let service = Service::with_films(Options::default()).await;
        let mut model = Films::new();
        for _ in 0..random.usize(..10) {
            change(&service, &mut random, &mut model).await;
        }
        service.recover(true).await;
        // What the table held at the end of each second.
        let mut ends = BTreeMap::from([(service.now_ms() / 1000, model.clone())]);
        for _ in 0..60 {
            service.pass(random.u64(..700));
            change(&service, &mut random, &mut model).await;
            ends.insert(service.now_ms() / 1000, model.clone());
        }
        let (&first, &last) = (ends.keys().next().unwrap(), ends.keys().last().unwrap());
        for round in 0..3 {
            let second = random.u64(first..=last);
            let (_, expected) = ends.range(..=second).next_back().unwrap();
            let films = service.restore(&format!("restored-{round}"), second).await;
            assert_eq!(films, *expected, "seed {seed}, second {}", second - first);
            // The source goes on as it was.
            assert_eq!(service.scan("films", None).await, model);
        }
        service.is_sound().await;
    }
}

#[tokio::test]
async fn writes_during_a_restore_or_a_backup_do_not_show_in_it() {
    for seed in 0..40 {
        let mut random = Rng::with_seed(seed);
        let service = Service::recovering().await;
        let mut model = Films::new();
        for n in 0..700 {
            service.put(&format!("many {n:04}"), n).await;
            model.insert(format!("many {n:04}"), film(&format!("many {n:04}"), n));
        }
        for _ in 0..20 {
            change(&service, &mut random, &mut model).await;
        }
        let expected = model.clone();
        let second = service.now_ms() / 1000;
        service.pass(1000);
        let body = json!({"SourceTableName": "films", "TargetTableName": "then", "RestoreDateTime": second});
        service.ok("RestoreTableToPointInTime", body).await;
        let arn = service.back_up("backup").await;
        for _ in 0..random.usize(..100) {
            if random.bool() {
                change(&service, &mut random, &mut model).await;
            } else {
                tokio::task::yield_now().await;
            }
        }
        service.until_active("then").await;
        assert_eq!(service.restored("then").await, expected, "seed {seed}");
        service.until_available(&arn).await;
        for _ in 0..20 {
            change(&service, &mut random, &mut model).await;
        }
        service.restore_backup(&arn, "copy", json!({})).await.unwrap();
        service.until_active("copy").await;
        assert_eq!(service.restored("copy").await, expected, "seed {seed}");
        service.is_sound().await;
    }
}

#[tokio::test]
async fn a_restore_goes_on_after_a_restart() {
    let store = Store::in_memory();
    let service = Service::over(store.clone(), Options::default());
    service.ok("CreateTable", films()).await;
    service.recover(true).await;
    for n in 0..1200 {
        service.put(&format!("film {n}"), n).await;
    }
    let expected = service.scan("films", None).await;
    let second = service.now_ms() / 1000;
    service.pass(1000);
    let body =
        json!({"SourceTableName": "films", "TargetTableName": "then", "RestoreDateTime": second});
    service.ok("RestoreTableToPointInTime", body).await;
    // The source goes away at once, and the server soon after.
    service.put("film 0", 1).await;
    service.ok("DeleteTable", json!({"TableName": "films"})).await;
    drop(service);
    let again = Service::over(store, Options::default());
    again.database.resume().await.unwrap();
    again.until_active("then").await;
    assert_eq!(again.restored("then").await, expected);
    again.is_sound().await;
}

#[tokio::test]
async fn the_window_begins_when_recovery_does_and_moves_on() {
    let service = Service::with_films(Options::default()).await;
    let described = service.ok("DescribeContinuousBackups", json!({"TableName": "films"})).await;
    let description = &described["ContinuousBackupsDescription"];
    assert_eq!(description["ContinuousBackupsStatus"], "ENABLED");
    let off = json!({"PointInTimeRecoveryStatus": "DISABLED"});
    assert_eq!(description["PointInTimeRecoveryDescription"], off);
    let on = service.recover(true).await;
    let now = NOON_MS / 1000;
    let expected = |earliest: u64, latest: u64| {
        json!({
            "PointInTimeRecoveryStatus": "ENABLED", "RecoveryPeriodInDays": 35,
            "EarliestRestorableDateTime": seconds(earliest), "LatestRestorableDateTime": seconds(latest),
        })
    };
    assert_eq!(on, expected(now, now));
    service.pass(36 * DAY_MS);
    let later = now + 36 * 24 * 3600;
    assert_eq!(service.recover(true).await, expected(later - 35 * 24 * 3600, later));
    assert_eq!(service.recover(false).await, off);
    assert_eq!(service.recover(false).await, off);
    assert_eq!(service.recover(true).await, expected(later, later));
}

#[tokio::test]
async fn what_is_older_than_the_window_gives_its_space_back() {
    let service = Service::recovering().await;
    let specification = json!({"PointInTimeRecoveryEnabled": true, "RecoveryPeriodInDays": 1});
    let body = json!({"TableName": "films", "PointInTimeRecoverySpecification": specification});
    service.ok("UpdateContinuousBackups", body).await;
    for n in 0..50 {
        service.put("Alien", n).await;
        service.pass(HOUR_MS);
        service.database.tidy().await.unwrap();
    }
    assert!((24..=27).contains(&service.count(LOG).await), "{}", service.count(LOG).await);
    let early = service.now_ms() / 1000 - 24 * 3600;
    let expected = Films::from([("Alien".to_owned(), film("Alien", 26))]);
    assert_eq!(service.restore("early", early).await, expected);
    let earlier = json!({"SourceTableName": "films", "TargetTableName": "earlier", "RestoreDateTime": early - 1});
    let refused = service.ask("RestoreTableToPointInTime", &earlier).await;
    assert!(matches!(refused, Err(Error::Unrestorable(Unrestorable::Time { .. }))));
    service.recover(false).await;
    service.database.tidy().await.unwrap();
    eventually(async || service.count(LOG).await == 0, "the space is given back").await;
    service.is_sound().await;
}

#[tokio::test]
async fn a_deleted_table_that_had_recovery_stays_as_a_backup_for_five_weeks() {
    let service = Service::recovering().await;
    service.put("Alien", 1979).await;
    let expected = service.scan("films", None).await;
    service.ok("DeleteTable", json!({"TableName": "films"})).await;
    let listed = service.ok("ListBackups", json!({"BackupType": "SYSTEM"})).await;
    let summary = &listed["BackupSummaries"][0];
    assert_eq!(summary["BackupName"], "films$DeletedTableBackup");
    assert_eq!(summary["BackupStatus"], "AVAILABLE");
    assert!(
        service.ok("ListBackups", json!({})).await["BackupSummaries"]
            .as_array()
            .unwrap()
            .is_empty()
    );
    let arn = summary["BackupArn"].as_str().unwrap();
    let refused = service.refused("DeleteBackup", json!({"BackupArn": arn})).await;
    assert!(
        refused.contains("User is not allowed to delete the system backup with arn"),
        "{refused}"
    );
    service.pass(34 * DAY_MS);
    service.database.tidy().await.unwrap();
    service.restore_backup(arn, "again", json!({})).await.unwrap();
    service.until_active("again").await;
    assert_eq!(service.restored("again").await, expected);
    service.is_sound().await;
    service.pass(2 * DAY_MS);
    service.database.tidy().await.unwrap();
    let gone = service.ask("DescribeBackup", &json!({"BackupArn": arn})).await;
    assert!(matches!(gone, Err(Error::Off(Off::Backup(_)))));
    service.ok("DeleteTable", json!({"TableName": "again"})).await;
    let is_empty = async || service.count(ITEMS).await == 0;
    eventually(is_empty, "the space is given back").await;
    service.is_sound().await;
}

#[tokio::test]
async fn a_table_that_is_being_restored_is_nobodys_yet() {
    let service = Service::recovering().await;
    for n in 0..2000 {
        service.put(&format!("film {n}"), n).await;
    }
    let body = json!({"SourceTableName": "films", "TargetTableName": "then", "UseLatestRestorableTime": true});
    service.ok("RestoreTableToPointInTime", body.clone()).await;
    assert_eq!(service.describe("then").await["TableStatus"], "CREATING");
    let get = json!({"TableName": "then", "Key": {"title": {"S": "x"}, "part": {"S": "1"}}});
    assert!(matches!(service.ask("GetItem", &get).await, Err(Error::ResourceNotFound)));
    let delete = service.ask("DeleteTable", &json!({"TableName": "then"})).await;
    assert!(matches!(delete, Err(Error::TableBeingCreated(_))));
    let again = service.ask("RestoreTableToPointInTime", &body).await;
    assert!(matches!(again, Err(Error::Unrestorable(Unrestorable::TargetExists(_)))));
    service.until_active("then").await;
    assert_eq!(service.restored("then").await, service.scan("films", None).await);
}

#[tokio::test]
async fn a_restored_table_may_have_fewer_indexes_and_another_billing() {
    let service = Service::with_films(Options::default()).await;
    service.put("Alien", 1979).await;
    let arn = service.back_up("backup").await;
    service.until_available(&arn).await;
    let overrides = json!({
        "GlobalSecondaryIndexOverride": [], "LocalSecondaryIndexOverride": [],
        "BillingModeOverride": "PROVISIONED", "ProvisionedThroughputOverride": units(3, 4),
    });
    service.restore_backup(&arn, "plain", overrides).await.unwrap();
    service.until_active("plain").await;
    let described = service.describe("plain").await;
    assert_eq!(described.get("GlobalSecondaryIndexes"), None);
    assert_eq!(described.get("LocalSecondaryIndexes"), None);
    assert_eq!(described["ProvisionedThroughput"]["WriteCapacityUnits"], 4);
    assert_eq!(described["AttributeDefinitions"].as_array().unwrap().len(), 2);
    let other = index("other", &[("year", "HASH")]);
    let refused = service
        .restore_backup(&arn, "refused", json!({"GlobalSecondaryIndexOverride": [other]}))
        .await;
    assert_eq!(
        refused.unwrap_err().to_string(),
        "Invalid Request: Index other does not match a secondary index that existed in the source table and cannot be created during the restore operation"
    );
    let renamed = index("renamed", &[("director", "HASH")]);
    service
        .restore_backup(&arn, "renamed", json!({"GlobalSecondaryIndexOverride": [renamed]}))
        .await
        .unwrap();
    service.until_active("renamed").await;
    assert_eq!(service.scan("renamed", Some("renamed")).await.len(), 1);
    service.is_sound().await;
}

#[tokio::test]
async fn a_backup_outlives_its_table_and_restores_elsewhere() {
    let folder = tempfile::tempdir().unwrap();
    let options =
        || Options { archive: Archive::folder(folder.path()).unwrap(), ..Options::default() };
    let service = Service::with_films(options()).await;
    service.put("Alien", 1979).await;
    service.put("Aliens", 1986).await;
    let expected = service.scan("films", None).await;
    let arn = service.back_up("backup").await;
    service.until_available(&arn).await;
    service.ok("DeleteTable", json!({"TableName": "films"})).await;
    service.restore_backup(&arn, "copy", json!({})).await.unwrap();
    service.until_active("copy").await;
    assert_eq!(service.restored("copy").await, expected);
    let other = Service::over(Store::in_memory(), options());
    assert_eq!(other.backup(&arn).await["SourceTableDetails"]["ItemCount"], 2);
    other.restore_backup(&arn, "films", json!({})).await.unwrap();
    other.until_active("films").await;
    assert_eq!(other.restored("films").await, expected);
    other.database.resume().await.unwrap();
    let deleted = other.ok("DeleteBackup", json!({"BackupArn": arn})).await;
    assert_eq!(deleted["BackupDescription"]["BackupDetails"]["BackupStatus"], "DELETED");
    let gone = other.ask("DescribeBackup", &json!({"BackupArn": arn})).await;
    assert!(matches!(gone, Err(Error::Off(Off::Backup(_)))));
    let is_empty = || walk(folder.path()) == 0;
    for _ in 0..10_000 {
        if is_empty() {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(1)).await;
    }
    assert!(is_empty(), "the space is given back");
}

/// How many files there are in a folder and those in it.
fn walk(folder: &std::path::Path) -> usize {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries.map(|path| if path.is_dir() { walk(&path) } else { 1 }).sum()
}

#[tokio::test]
async fn backups_are_listed_by_table_time_and_pages() {
    let service = Service::with_films(Options::default()).await;
    let mut arns = Vec::new();
    for name in ["one", "two", "two"] {
        let arn = service.back_up(name).await;
        service.until_available(&arn).await;
        arns.push(arn);
        service.pass(1000);
    }
    let list = async |body: Value| {
        let reply = service.ok("ListBackups", body).await;
        let summaries = reply["BackupSummaries"].as_array().unwrap();
        let found: Vec<String> =
            summaries.iter().map(|one| one["BackupArn"].as_str().unwrap().to_owned()).collect();
        (found, reply.get("LastEvaluatedBackupArn").cloned())
    };
    assert_eq!(list(json!({})).await, (arns.clone(), None));
    assert_eq!(list(json!({"TableName": "other"})).await.0, [] as [String; 0]);
    let (first, next) = list(json!({"Limit": 2, "TableName": "films"})).await;
    assert_eq!(first, arns[..2]);
    let rest = list(json!({"Limit": 2, "ExclusiveStartBackupArn": next})).await;
    assert_eq!(rest, (arns[2..].to_vec(), None));
    #[expect(clippy::cast_precision_loss, reason = "milliseconds since 1970 are far from 2^53")]
    let at = |after_ms: u64| (NOON_MS + after_ms) as f64 / 1000.0;
    let between = json!({"TimeRangeLowerBound": at(1000), "TimeRangeUpperBound": at(2000)});
    assert_eq!(list(between).await.0, arns[1..2], "from the first on, and before the second");
    assert_eq!(list(json!({"BackupType": "SYSTEM"})).await.0, [] as [String; 0]);
    assert_eq!(list(json!({"BackupType": "ALL"})).await.0, arns);
}
