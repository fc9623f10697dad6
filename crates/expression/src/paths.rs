//! Sets of paths that can all be taken into one item: no path leads to or through another, and
//! none takes for a list what another takes for a map.
//!
//! The set is a tree by elements, so that thousands of paths of long names are checked without
//! comparing each with each.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::error::{Fault, echo};
use crate::tree::{Path, Step};

/// The paths, in the order they came, and their elements as a tree.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Paths {
    list: Vec<Path>,
    top: BTreeMap<Arc<str>, Node>,
}

/// A place that some of the paths lead to or through.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Node {
    /// The first of those paths, by its place in the list.
    first: usize,
    /// Where they go on to.
    pub(crate) next: Next,
}

/// What paths do at a place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Next {
    /// One ends there.
    End,
    /// They go on into a map.
    Members(BTreeMap<Arc<str>, Node>),
    /// They go on into a list.
    Elements(BTreeMap<usize, Node>),
}

impl Paths {
    /// In the order they came.
    pub(crate) fn list(&self) -> &[Path] {
        &self.list
    }

    /// By top-level attribute.
    pub(crate) const fn top(&self) -> &BTreeMap<Arc<str>, Node> {
        &self.top
    }

    /// Takes in one more path, or says which earlier one it does not go together with.
    pub(crate) fn insert(&mut self, path: Path) -> Result<(), Fault> {
        let place = self.list.len();
        let mut steps = path.rest.iter().peekable();
        let next = steps.peek().map_or(Next::End, |step| Next::empty(step));
        let mut node = match self.top.get_mut(&path.name) {
            None => self.top.entry(Arc::clone(&path.name)).or_insert(Node { first: place, next }),
            Some(node) => node,
        };
        while let Some(step) = steps.next() {
            let next = steps.peek().map_or(Next::End, |step| Next::empty(step));
            let new = Node { first: place, next };
            let first = node.first;
            node = match (&mut node.next, step) {
                (Next::Members(members), Step::Member(name)) => {
                    members.entry(Arc::clone(name)).or_insert(new)
                }
                (Next::Elements(elements), Step::Index(index)) => {
                    elements.entry(*index).or_insert(new)
                }
                (Next::End, _) => return Err(overlap(self.list.get(first), &path)),
                (Next::Members(_), Step::Index(_)) | (Next::Elements(_), Step::Member(_)) => {
                    return Err(conflict(self.list.get(first), &path));
                }
            };
        }
        // Where the path ends, no other may have been: only its own insertion made the place.
        if node.first != place {
            return Err(overlap(self.list.get(node.first), &path));
        }
        self.list.push(path);
        Ok(())
    }
}

impl Next {
    /// What leaves room for such a step.
    const fn empty(step: &Step) -> Self {
        match step {
            Step::Member(_) => Self::Members(BTreeMap::new()),
            Step::Index(_) => Self::Elements(BTreeMap::new()),
        }
    }
}

fn overlap(one: Option<&Path>, two: &Path) -> Fault {
    let (one, two) = shown(one, two);
    Fault::Overlap { one, two }
}

fn conflict(one: Option<&Path>, two: &Path) -> Fault {
    let (one, two) = shown(one, two);
    Fault::Conflict { one, two }
}

fn shown(one: Option<&Path>, two: &Path) -> (String, String) {
    (one.map(|one| echo(&one.to_string())).unwrap_or_default(), echo(&two.to_string()))
}
