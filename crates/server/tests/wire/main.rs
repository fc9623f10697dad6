//! What a client sees on the wire, fact by fact.

mod client;
mod connection;
mod encoding;
mod fault;
mod page;
mod request;
mod signature;
