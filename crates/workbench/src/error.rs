//! Why there is no reply: the query could not be asked, or what answered is no `DynamoDB`.
//!
//! What the service itself refuses is a [`Reply`](crate::Reply), not an error.

use std::io;
use std::path::PathBuf;
use std::time::Duration;

use crate::attribute::AttributeFault;
use crate::bindings::BindingFault;
use crate::body::{BODY_BYTES_MAX, BodyFault, Position};
use crate::code::{CodeFault, Language};
use crate::connection::TIME_OUT_MAX;
use crate::credentials::cause;
use crate::dial::REPLY_BYTES_MAX;
use crate::items::LineFault;
use crate::reply::Refusal;

/// A reason why there is no reply. Each text says what is wrong and names the fix.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Something that only Pixii does, asked of Amazon's.
    #[error("Amazon's users are not made here but in IAM. Name a Pixii with --endpoint")]
    NotPixii,
    /// The body is no JSON, comments and trailing commas allowed.
    #[error("The body is not JSON at {position}: {fault}")]
    Body {
        /// Where reading stopped.
        position: Position,
        /// What is wrong there.
        fault: BodyFault,
    },
    /// The body is larger than any service takes.
    #[error("The body has {bytes} bytes; a request holds at most {BODY_BYTES_MAX}")]
    BodyTooLarge {
        /// The length as written.
        bytes: usize,
    },
    /// A binding cannot be filled.
    #[error("The binding at {position} cannot be filled: {fault}")]
    Binding {
        /// Where it begins.
        position: Position,
        /// What is wrong with it.
        fault: BindingFault,
    },
    /// A binding's parameter has no value.
    #[error("The parameter {name:?} at {position} has no value")]
    ParameterMissing {
        /// The parameter.
        name: String,
        /// Where its first binding begins.
        position: Position,
    },
    /// No language has this name.
    #[error("There is no language {name:?}: choose aws-cli, curl, python, javascript or rust")]
    UnknownLanguage {
        /// The name as written.
        name: String,
    },
    /// A request cannot be written in a language.
    #[error("The request has no form in {language}: {fault}")]
    NoCode {
        /// The language.
        language: Language,
        /// What is in the way.
        fault: CodeFault,
    },
    /// No form of replies has this name.
    #[error("There is no form {name:?}: choose table, json, plain, jsonl, csv or raw")]
    UnknownFormat {
        /// The name as written.
        name: String,
    },
    /// No format of files has this name.
    #[error("There is no format {name:?}: choose csv, jsonl or dynamodb-json")]
    UnknownItemFormat {
        /// The name as written.
        name: String,
    },
    /// A list of items is none.
    #[error("The items cannot be read: {0}")]
    Items(#[source] AttributeFault),
    /// The first line of a CSV is faulty, so that no other can be read.
    #[error("The first line cannot be read: {}", .0.fault)]
    Header(LineFault),
    /// A file cannot be read.
    #[error("The items cannot be read: {0}")]
    Read(#[source] io::Error),
    /// A file cannot be written.
    #[error("The items cannot be written: {0}")]
    Write(#[source] io::Error),
    /// Many items are read by other commands.
    #[error("{command} does not read many items: take Query or Scan")]
    NotASelection {
        /// The command.
        command: &'static str,
    },
    /// The service refused one of many requests.
    #[error("{0}")]
    Refused(Box<Refusal>),
    /// A line of a file is faulty.
    #[error("{0}")]
    Line(#[source] LineFault),
    /// The service has not come to items, however often it was asked.
    #[error(
        "The table {table:?} takes no more items for now: it is throttled. Try again later, or with fewer at once"
    )]
    Unprocessed {
        /// The table.
        table: String,
    },
    /// A new table is not there in time.
    #[error("The table {table:?} is made, and still not active after ten minutes")]
    NotActive {
        /// The table.
        table: String,
    },
    /// A reply has not the parts that it should have.
    #[error("The reply is not one of DynamoDB: {0}")]
    ReplyShape(#[source] serde_json::Error),
    /// No command has this name.
    #[error("There is no command {name:?}{}", did_you_mean(*.near))]
    UnknownCommand {
        /// The name as written.
        name: String,
        /// The command that was likely meant.
        near: Option<&'static str>,
    },
    /// The endpoint is no URL of a server.
    #[error(
        "The endpoint {endpoint:?} is not a URL: write one as http://127.0.0.1:8000, or aws for Amazon's"
    )]
    Endpoint {
        /// The endpoint as written.
        endpoint: String,
    },
    /// Amazon is to be asked, and nothing says in which Region.
    #[error("Amazon's DynamoDB needs a Region: name one, such as eu-west-1, or set AWS_REGION")]
    RegionMissing,
    /// The Region cannot be one.
    #[error("{region:?} is not a Region: one is written as eu-west-1")]
    Region {
        /// The Region as written.
        region: String,
    },
    /// Amazon is to be asked, and nothing says as whom.
    #[error(
        "Amazon's DynamoDB needs credentials: give an access key ID and a secret access key, or set \
         AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"
    )]
    CredentialsMissing,
    /// One of the two halves of the credentials is absent.
    #[error("The credentials are half given: the {missing} is missing")]
    CredentialsHalf {
        /// The half that is absent.
        missing: &'static str,
    },
    /// The access key ID or the session token cannot stand in a header. The value is not repeated.
    #[error("The {part} has a character that none has: check that it was copied whole and alone")]
    CredentialsMalformed {
        /// Which part it is.
        part: &'static str,
    },
    /// A file of profiles cannot be read.
    #[error("The AWS profiles in {} could not be read: {source}", .path.display())]
    ProfileFile {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// A file of profiles has lines that are not understood.
    #[error("The AWS profiles could not be read: {}", cause(.0.as_ref()))]
    ProfileSyntax(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// No profile has this name.
    #[error(
        "There is no AWS profile {profile:?}{}",
        .near.as_deref().map_or_else(
            || "; they stand in ~/.aws/config and ~/.aws/credentials".to_owned(),
            |near| did_you_mean(Some(near)),
        )
    )]
    ProfileMissing {
        /// The name as written.
        profile: String,
        /// The profile that was likely meant.
        near: Option<String>,
    },
    /// A profile is there, and gives no credentials.
    #[error(
        "The AWS profile {profile:?} gives no credentials: {}{}",
        cause(.source.as_ref()),
        if *.signs_on { format!(". Sign in with: aws sso login --profile {profile}") } else { String::new() }
    )]
    ProfileCredentials {
        /// The profile.
        profile: String,
        /// Whether somebody signs in for it, in a browser.
        signs_on: bool,
        /// What went wrong.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The role is none.
    #[error("{arn:?} is not a role: one is written as arn:aws:iam::123456789012:role/NAME")]
    RoleArn {
        /// The role as written.
        arn: String,
    },
    /// The role was not given.
    #[error(
        "The role {arn} was not given: {}; check its trust policy, the external ID, and that these \
         credentials may take it on (sts:AssumeRole)",
        cause(.source.as_ref())
    )]
    Role {
        /// The role.
        arn: String,
        /// What went wrong.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// Whoever gives out the credentials did not answer.
    #[error("No credentials came within {} seconds", .time_out.as_secs_f64())]
    CredentialsTimeOut {
        /// The time-out that passed.
        time_out: Duration,
    },
    /// A profile or a role is named where only keys are taken.
    #[error("A profile or a role has to be asked for credentials: open the connection for that")]
    Unopened,
    /// The time-out is zero or too long.
    #[error("The time-out is {} seconds; it must be over 0 and at most {}", .time_out.as_secs_f64(), TIME_OUT_MAX.as_secs())]
    TimeOutRange {
        /// The time-out asked for.
        time_out: Duration,
    },
    /// The request could not be signed.
    #[error("The request could not be signed: {0}")]
    Sign(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// The host's name has no address.
    #[error(
        "The host {host} was not found: check the endpoint, the Region and the network ({source})"
    )]
    Lookup {
        /// The host of the endpoint.
        host: String,
        /// What the resolver says.
        source: io::Error,
    },
    /// Nothing listens at a loopback address.
    #[error("Nothing listens at {address}: is the server running? Start it with `pixii serve`")]
    NotRunning {
        /// Host and port.
        address: String,
    },
    /// The server, or the way to it, does not take the connection.
    #[error("No connection to {address}: {source}; check the endpoint's host and port")]
    Connect {
        /// Host and port.
        address: String,
        /// What the system says.
        source: io::Error,
    },
    /// The system trusts no certificate, so no server can be checked.
    #[error(
        "No trusted certificates were found on this system: install its package of them, often \
         named ca-certificates, or name a file in SSL_CERT_FILE"
    )]
    NoRoots,
    /// No secure connection came about.
    #[error(
        "No secure connection to {address}: {source}; check the certificate and the clock, and \
         write http:// if the server has no TLS"
    )]
    Tls {
        /// Host and port.
        address: String,
        /// What went wrong in the handshake.
        source: io::Error,
    },
    /// The whole took too long. The service may have done what was asked nevertheless.
    #[error(
        "No reply from {address} within {} seconds; what was asked may have been done nevertheless",
        .time_out.as_secs_f64()
    )]
    TimeOut {
        /// Host and port.
        address: String,
        /// The time-out that passed.
        time_out: Duration,
    },
    /// The connection broke, or what came is no HTTP.
    #[error(
        "The reply of {address} could not be read: {source}; check the port, and http:// or https://"
    )]
    Http {
        /// Host and port.
        address: String,
        /// What went wrong.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The reply is larger than any that the service gives.
    #[error("The reply of {address} is over {REPLY_BYTES_MAX} bytes: is it a DynamoDB?")]
    ReplyTooLarge {
        /// Host and port.
        address: String,
    },
    /// The server sends elsewhere. It is not followed: the signature holds for one host.
    #[error("{address} is no DynamoDB: it leads to {location:?}; check the endpoint")]
    Redirect {
        /// Host and port.
        address: String,
        /// Where it leads.
        location: String,
    },
    /// What answered does not speak as the service does.
    #[error(
        "{address} is no DynamoDB: it answered status {status} with {content_type:?}, beginning \
         {beginning:?}; check the endpoint"
    )]
    NotDynamoDb {
        /// Host and port.
        address: String,
        /// The HTTP status.
        status: u16,
        /// The `Content-Type` header; empty without one.
        content_type: String,
        /// The first characters of the answer.
        beginning: String,
    },
    /// The reply changed on the way.
    #[error(
        "The reply of {address} came damaged: its checksum is {actual}, and {expected} was announced"
    )]
    Checksum {
        /// Host and port.
        address: String,
        /// The `x-amz-crc32` header.
        expected: String,
        /// The checksum of what came.
        actual: u32,
    },
}

/// The end of a sentence on an unknown name.
fn did_you_mean(near: Option<&str>) -> String {
    near.map(|near| format!("; did you mean {near}?")).unwrap_or_default()
}
