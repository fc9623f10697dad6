//! What an operation is, and what there is to know of it without knowing its type: its row.
//!
//! An operation is one file in `operations/`: its type is the request, read from the parameters.
//! Who may call it, how it is counted and what the support page says all come from its row.

use std::future::Future;
use std::pin::Pin;

use serde::Serialize;
use types::json::{Json, Object};
use types::parameter::{Faults, Path};

use crate::access::{Need, Needs, Wants};
use crate::error::{Error, Result};
use crate::{Call, Database};

/// A request's parameters.
pub(crate) type Parameters<'a> = types::parameter::Parameters<'a, Error>;

/// What an operation does to the data.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// Reads items.
    Read,
    /// Writes items.
    Write,
    /// Describes or changes tables and settings.
    Control,
}

/// Which of the service's two interfaces an operation belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Api {
    /// `DynamoDB_20120810`.
    DynamoDb,
    /// `DynamoDBStreams_20120810`.
    Streams,
}

/// An operation. The implementing type is its request.
pub(crate) trait Operation: Send + Sync + Sized + 'static {
    /// Its name: in `X-Amz-Target`, policies, metrics and documents.
    const NAME: &'static str;
    /// What it does to the data.
    const ACCESS: Access;
    /// Its reply.
    type Output: Serialize + Send;
    /// Whether the service tells a fault of the request by itself as one of a list. It does so
    /// for the writes of one item; where it differs by Region, this is the newer way.
    const IS_ENVELOPED: bool = false;

    /// Reads the request. What is faulty reads as any value: the request is refused before it is used.
    fn read(parameters: &mut Parameters<'_>) -> Self;

    /// Says what a caller must be allowed to do.
    fn needs<'a>(&'a self, needs: &mut Needs<'a>);

    /// Does what is asked.
    fn run(
        self,
        database: &Database,
        call: &Call,
    ) -> impl Future<Output = Result<Self::Output>> + Send;
}

type Answer<'a> = Pin<Box<dyn Future<Output = Result<Vec<u8>>> + Send + 'a>>;

/// A request of some operation.
trait Asked: Send + Sync {
    fn needs<'a>(&'a self, call: &'a Call) -> Needs<'a>;

    fn run<'a>(self: Box<Self>, database: &'a Database, call: &'a Call) -> Answer<'a>;
}

impl<O: Operation> Asked for O {
    fn needs<'a>(&'a self, call: &'a Call) -> Needs<'a> {
        let mut needs = Needs::new(call, O::NAME);
        Operation::needs(self, &mut needs);
        needs
    }

    fn run<'a>(self: Box<Self>, database: &'a Database, call: &'a Call) -> Answer<'a> {
        Box::pin(async move {
            let output = Operation::run(*self, database, call).await?;
            // Most replies are an item or less; larger ones grow.
            let mut reply = Vec::with_capacity(2048);
            serde_json::to_writer(&mut reply, &output).map_err(Error::internal)?;
            Ok(reply)
        })
    }
}

/// A request that has been read: its shape is sound.
pub struct Request(Box<dyn Asked>);

impl Request {
    /// What its caller must be allowed to do, with what the tables have to do with that. `json` is what it was read from.
    /// What `wants` leaves out is not found out.
    ///
    /// # Errors
    /// Where the store cannot be read.
    pub async fn needs(
        &self,
        database: &Database,
        call: &Call,
        (json, wants): (&Json<'_>, Wants),
    ) -> Result<Vec<Need>> {
        self.0.needs(call).look_up(database, json, wants).await
    }

    /// The ARNs of what it is about, each once.
    #[must_use]
    pub fn resources(&self, call: &Call) -> Vec<String> {
        self.0.needs(call).resources()
    }

    /// Does what is asked, and gives the reply's JSON.
    ///
    /// # Errors
    /// Why it was not done.
    pub async fn run(self, database: &Database, call: &Call) -> Result<Vec<u8>> {
        self.0.run(database, call).await
    }
}

type Read = fn(&Json<'_>) -> Result<Request>;

/// An operation's row: what there is to know of it without knowing its type.
pub struct Row {
    /// Its name.
    pub name: &'static str,
    /// What it does to the data; `None` where it is not built yet.
    pub access: Option<Access>,
    /// Whether it is of a feature that is not built yet, and answers as the service does while the feature is off.
    pub is_off: bool,
    api: Api,
    read: Option<Read>,
}

/// The row of an operation that works.
pub(crate) const fn row<O: Operation>() -> Row {
    Row {
        name: O::NAME,
        access: Some(O::ACCESS),
        is_off: false,
        api: Api::DynamoDb,
        read: Some(read::<O>),
    }
}

/// The row of an operation that answers as the service does while the feature is off.
pub(crate) const fn off<O: Operation>() -> Row {
    Row { is_off: true, ..row::<O>() }
}

/// Reads a request, or says all that is wrong with it.
fn read<O: Operation>(json: &Json<'_>) -> Result<Request> {
    let empty = Object::default();
    let mut faults = Faults::none();
    let object = match json {
        Json::Object(object) => object,
        Json::Null
        | Json::Bool(_)
        | Json::Integer(_)
        | Json::Decimal(_)
        | Json::String(_)
        | Json::Array(_) => {
            faults.wrong_type(types::error::TypeError::Field);
            &empty
        }
    };
    let request = O::read(&mut Parameters::new(object, Path::Root, &mut faults));
    match faults.into_result() {
        Ok(()) => Ok(Request(Box::new(request))),
        Err(error) if O::IS_ENVELOPED => Err(error.enveloped()),
        Err(error) => Err(error),
    }
}

/// The row of an operation that is not built yet.
pub(crate) const fn unbuilt(name: &'static str) -> Row {
    Row { name, access: None, is_off: false, api: Api::DynamoDb, read: None }
}

/// As [`row`], of the streams' interface.
pub(crate) const fn stream_row<O: Operation>() -> Row {
    Row { api: Api::Streams, ..row::<O>() }
}

impl Row {
    /// Which of the service's two interfaces it belongs to.
    #[must_use]
    pub fn api(&self) -> Api {
        self.api
    }

    /// Reads a request of the operation, or says all that is wrong with it.
    ///
    /// # Errors
    /// What is wrong, or that the operation is not built yet.
    pub fn read(&self, json: &Json<'_>) -> Result<Request> {
        let read = self.read.ok_or(Error::OperationNotImplemented(self.name))?;
        read(json)
    }
}

impl Database {
    /// Runs an operation for a caller who may: the request's JSON in, the reply's JSON out.
    ///
    /// # Errors
    /// Why it was not done.
    pub async fn run(&self, row: &'static Row, call: &Call, body: &Json<'_>) -> Result<Vec<u8>> {
        row.read(body)?.run(self, call).await
    }
}
