//! The arrows between crates: a crate uses only crates below it.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::PathBuf;

/// Which crates each crate may use. A new arrow is a decision.
const ARROWS: &[(&str, &[&str])] = &[
    ("types", &[]),
    ("expression", &["types"]),
    ("storage", &[]),
    ("auth", &[]),
    ("database", &["types", "expression", "storage"]),
    ("workbench", &["expression"]),
    ("server", &["types", "auth", "database", "workbench"]),
    ("cli", &["types", "storage", "database", "workbench", "server"]),
];

#[test]
fn a_crate_uses_only_the_crates_that_it_may() {
    // Asked at run time: what is built may be run from another checkout.
    let package = PathBuf::from(std::env::var_os("CARGO_MANIFEST_DIR").unwrap());
    let folder = package.parent().unwrap();
    let allowed: BTreeMap<&str, BTreeSet<&str>> =
        ARROWS.iter().map(|(name, below)| (*name, below.iter().copied().collect())).collect();
    let mut found = BTreeSet::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        let manifest = fs::read_to_string(path.join("Cargo.toml")).unwrap();
        let dependencies = manifest.split("\n[dependencies]\n").nth(1).unwrap_or_default();
        let dependencies = dependencies.split("\n[").next().unwrap_or_default();
        let used = dependencies.lines().filter_map(|line| line.split(['.', ' ', '=']).next());
        let used: BTreeSet<&str> = used.filter(|used| allowed.contains_key(used)).collect();
        assert_eq!(allowed.get(&*name), Some(&used), "the arrows of {name}");
        found.insert(name);
    }
    assert_eq!(found.len(), ARROWS.len(), "every crate has its arrows");
}

#[test]
fn no_arrow_points_sideways_or_up() {
    let layer = |name: &str| match name {
        "types" => 0,
        "expression" | "storage" => 1,
        "auth" | "database" | "workbench" => 2,
        "server" => 3,
        _ => 4,
    };
    for (name, below) in ARROWS {
        assert!(below.iter().all(|other| layer(other) < layer(name)), "{name}");
    }
}
