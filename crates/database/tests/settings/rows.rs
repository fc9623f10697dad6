//! Rows of tables that an earlier version wrote.

use bytes::Bytes;
use serde_json::json;
use storage::{Commit, RangeQuery, Reads};

use crate::service::{Service, indexed};

/// What a row has had from the first.
const FIRST: [&str; 16] = [
    "id",
    "uuid",
    "account",
    "region",
    "name",
    "created_ms",
    "partition_key",
    "sort_key",
    "definitions",
    "indexes",
    "billing",
    "throughput",
    "class",
    "class_changed_ms",
    "is_deletion_protected",
    "",
];

#[tokio::test]
async fn a_row_of_an_earlier_version_has_no_settings() {
    let service = Service::free();
    service.create(indexed(json!({}))).await;
    let before = service.describe().await;
    let tables = RangeQuery {
        start: Bytes::from_static(&[1]),
        end: Bytes::from_static(&[2]),
        reverse: false,
        entries_max: 1,
        bytes_max: usize::MAX,
        fill_cache: false,
    };
    let view = service.store.view(Reads::One).await.unwrap();
    let (key, row) = view.range(&tables).await.unwrap().entries.pop().unwrap();
    let mut table: serde_json::Map<_, _> = serde_json::from_slice(&row[1..]).unwrap();
    table.retain(|member, _| FIRST.contains(&member.as_str()));
    table["indexes"][0].as_object_mut().unwrap().remove("bounds").unwrap();
    let earlier: Bytes = [vec![row[0]], serde_json::to_vec(&table).unwrap()].concat().into();
    assert!(earlier.len() < row.len());
    let writes = vec![(key, Some(earlier))];
    service.store.commit(Commit { writes, metadata: true, ..Commit::default() }).await.unwrap();
    assert_eq!(service.describe().await, before);
}
