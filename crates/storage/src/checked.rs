//! What a check of a whole store found.

/// What a check read of one family of keys, and what of it is damaged.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Checked {
    /// The family's name, or `default` for what the store keeps about itself.
    pub family: &'static str,
    /// How many entries could be read.
    pub entries: u64,
    /// The bytes of their keys and values.
    pub bytes: u64,
    /// What could not be read, as the engine says it: mostly which file, and where in it. The first hundred.
    pub damages: Vec<String>,
}

impl Checked {
    /// Nothing has been read yet.
    pub(crate) fn new(family: &'static str) -> Self {
        Self { family, entries: 0, bytes: 0, damages: Vec::new() }
    }

    /// Counts an entry that was read.
    pub(crate) fn count(&mut self, key: &[u8], value: &[u8]) {
        self.entries += 1;
        self.bytes += u64::try_from(key.len() + value.len()).unwrap_or(u64::MAX);
    }
}
