//! Who asks, and what they may. Pure: a request, a time, secrets and policies go in; a caller, a decision or a reason to
//! refuse comes out.

mod error;
pub mod policy;
pub mod sigv4;

pub use error::{Error, HeaderPart, Lasting, QueryPart, ScopeFault};
