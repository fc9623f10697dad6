//! Expressions: conditions, filters, key conditions, projections and updates, as texts that are
//! read once and then applied to any number of items. [`legacy`] has the parameters that say the
//! same without texts.
//!
//! Everything that can be known without an item is checked while a text is read, so that what a
//! request answers does not depend on which items it meets. What is left to find out on an item
//! is in [`Error::is_while_updating`]; a condition has no such faults: it holds or it does not.

mod error;
mod evaluate;
mod key_condition;
pub mod legacy;
mod parse;
mod paths;
mod placeholder;
mod project;
mod reserved;
mod token;
mod tree;
mod update;

pub use error::{Error, Fault, Kind, Parameter};
pub use key_condition::{KeyCondition, KeyTest, parse_key_condition};
pub use parse::condition::parse_condition;
pub use parse::projection::parse_projection;
pub use parse::update::parse_update;
pub use placeholder::Placeholders;
pub use project::{Projection, attributes_to_get};
pub use reserved::{RESERVED_WORDS, is_reserved};
pub use tree::{Action, Comparator, Condition, Operand, Origin, Path, Source, Step, Update};
