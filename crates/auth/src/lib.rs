//! Who asks. Pure: a request, a time and secrets go in, a caller or a reason to refuse comes out.

mod error;
pub mod sigv4;

pub use error::{Error, HeaderPart, Lasting, QueryPart, ScopeFault};
