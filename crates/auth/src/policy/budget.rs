//! How much work a decision may be.
//!
//! Its texts come from the request, thousands of them and long, and a session's policy comes from who asks. Their
//! product could keep the server busy for minutes, so the work is counted, and whoever asks for too much is refused.

/// The most steps of a decision. A step takes up to five nanoseconds; what real policies ask takes some thousand.
const STEPS_MAX: u64 = 1_000_000;
/// How many bytes one step compares where they are compared all at once.
const BYTES_PER_STEP: usize = 16;

/// What is left of the work that one decision, or all those of a request, may be.
#[derive(Debug)]
pub struct Budget {
    steps_left: u64,
}

/// The budget is spent, and nothing is decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Spent;

impl Budget {
    /// As much as a request may take.
    #[must_use]
    pub const fn new() -> Self {
        Self::of(STEPS_MAX)
    }

    /// So many steps: characters that are looked at, and values and patterns that are.
    #[must_use]
    pub const fn of(steps: u64) -> Self {
        Self { steps_left: steps }
    }

    /// The steps that are left; none once it was not enough.
    #[must_use]
    pub const fn steps_left(&self) -> u64 {
        self.steps_left
    }

    /// Takes steps. What is counted once it is done must be no more than one text and one pattern.
    pub(super) fn spend(&mut self, steps: usize) -> Result<(), Spent> {
        let left = u64::try_from(steps).ok().and_then(|steps| self.steps_left.checked_sub(steps));
        self.steps_left = left.unwrap_or(0);
        left.map(drop).ok_or(Spent)
    }
}

impl Default for Budget {
    fn default() -> Self {
        Self::new()
    }
}

/// The steps that it takes to compare so many bytes all at once.
pub(super) const fn steps(bytes: usize) -> usize {
    2 + bytes / BYTES_PER_STEP
}

/// Whether one of some passes, as far as the budget reaches.
pub(super) fn any<T>(
    items: impl IntoIterator<Item = T>,
    mut passes: impl FnMut(T) -> Result<bool, Spent>,
) -> Result<bool, Spent> {
    for item in items {
        if passes(item)? {
            return Ok(true);
        }
    }
    Ok(false)
}
