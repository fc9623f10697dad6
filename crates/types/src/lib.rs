//! What every layer speaks of: values, numbers, names, request parameters, limits and the errors in them.

pub mod attribute;
pub mod error;
pub mod json;
pub mod limit;
pub mod name;
pub mod number;
pub mod parameter;
pub mod value;

pub use error::Error;
pub use number::{Number, NumberError};
pub use value::{AttributeValue, Attributes, Item, ValueType};
