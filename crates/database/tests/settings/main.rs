//! Settings of tables from the outside: bounds of throughput, encryption, quotas, and the size of collections.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::needless_pass_by_value,
    reason = "a test may panic, and its values are made in place"
)]

#[expect(dead_code, reason = "other tests ask for more")]
#[path = "../service/mod.rs"]
mod base;
mod bounds;
mod collections;
mod encryption;
mod quotas;
mod rows;
mod service;
mod together;
