//! The corpus and the targets go together.

#![expect(clippy::unwrap_used, reason = "a test that fails here has failed")]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// Adds the names of the targets in a folder of sources.
fn gather(folder: &Path, found: &mut BTreeSet<String>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            gather(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let text = fs::read_to_string(&path).unwrap();
            let names =
                text.split("fuzz::target(").skip(1).filter_map(|rest| rest.split('"').nth(1));
            found.extend(names.map(str::to_owned));
        }
    }
}

#[test]
fn every_target_has_a_corpus_and_every_corpus_a_target() {
    let root = PathBuf::from(std::env::var_os("CARGO_MANIFEST_DIR").unwrap());
    let (mut targets, mut corpora) = (BTreeSet::new(), BTreeSet::new());
    gather(&root.parent().unwrap().join("crates"), &mut targets);
    for entry in fs::read_dir(root.join("corpus")).unwrap() {
        let entry = entry.unwrap();
        assert!(
            fs::read_dir(entry.path()).unwrap().next().is_some(),
            "{:?} is empty",
            entry.path()
        );
        corpora.insert(entry.file_name().into_string().unwrap());
    }
    assert_eq!(targets, corpora);
}
