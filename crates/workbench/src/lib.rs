//! The workbench: ask any `DynamoDB` – Pixii, Amazon's, or a compatible one.
//!
//! A query is a [`Command`] and a JSON [`Body`] as a person writes it; [`run`] sends it where a
//! [`Connection`] says and gives the [`Reply`]. Everything but [`send`](run) is a pure function:
//! the environment and the time come in as parameters. Leniency lives here alone, so that the
//! wire stays exact: what is sent is strict JSON.

mod advice;
mod attribute;
mod bindings;
mod body;
mod code;
mod command;
mod connection;
mod credentials;
mod diagnose;
mod dial;
mod edit;
mod error;
mod explain;
mod finding;
mod format;
mod items;
mod json;
mod lint;
mod marshal;
mod member;
mod model;
mod notation;
mod paging;
mod plain;
mod profile;
mod query;
mod repair;
mod reply;
mod scan;
mod schema;
mod send;
mod site;
mod template;
mod time;
pub mod transfer;
mod transport;

pub use attribute::{Attribute, AttributeFault, Item, KeyType, Keys};
pub use bindings::{BindingFault, bind, parameters};
pub use body::{BODY_BYTES_MAX, Body, BodyFault, Position};
pub use code::{CodeFault, Language, Place, code};
pub use command::{Command, Service};
pub use connection::{
    Connection, ENDPOINT_AMAZON, ENDPOINT_DEFAULT, REGION_DEFAULT, Secret, Settings,
    TIME_OUT_DEFAULT, TIME_OUT_MAX,
};
pub use diagnose::{Cause, Diagnosis, State, Step, StepResult, diagnose};
pub use dial::REPLY_BYTES_MAX;
pub use error::Error;
pub use explain::{Explain, Units};
pub use finding::{Fix, FixStep, Note, Problem, Severity, Span};
pub use format::{Format, View, format};
pub use items::{
    ItemFault, ItemFormat, ItemReader, ItemWriter, ItemsRead, ItemsText, Line, LineFault, Part,
    read_items, write_items,
};
pub use member::Member;
pub use model::model_json;
pub use paging::next_page;
pub use plain::plain;
pub use profile::{Profile, profiles};
pub use query::{Done, Failure, Mode, Outcome, Prepared, Query, Ran, Refused, prepare, run, send};
pub use reply::{Answer, Cancellation, Refusal, Reply, Success};
pub use schema::{IndexSchema, KeySchema, Schemas, TableSchema};
pub use send::{administer, ask};
pub use template::template;
pub use transport::{Sent, Transport};
