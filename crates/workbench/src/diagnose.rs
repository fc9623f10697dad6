//! The test of a connection: which step fails, from which cause, and what to do about it.
//!
//! The steps are those of any query, one after the other: credentials, name, connection, TLS, an
//! answer as `DynamoDB` gives it; then what the answer proves about clock, key, signature, Region and
//! permission. `ListTables` is asked, and a refusal of it for want of permission is as good as a
//! success: who is told that they may not has proved who they are. Nothing is changed by it.

mod verdict;

use std::net::SocketAddr;
use std::time::SystemTime;

use bytes::Bytes;
use serde::Serialize;
use tokio_rustls::rustls::{self, CertificateError};

use crate::command::Command;
use crate::connection::{Connection, Settings};
use crate::dial::{self, Sender, Server};
use crate::error::Error;
use crate::reply::Answer;
use crate::send::signed;

/// What is asked. One table's name is enough.
const QUESTION: Bytes = Bytes::from_static(br#"{"Limit":1}"#);
/// A Region that has been there from the beginning, to tell a Region that is none from a network that is none.
const REGION_KNOWN: &str = "us-east-1";

/// What the test of a connection found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Diagnosis {
    /// Whether queries can be asked over this connection.
    pub is_ok: bool,
    /// All of it in one sentence.
    pub summary: String,
    /// Why not.
    pub cause: Option<Cause>,
    /// What to do about it.
    pub fix: Option<String>,
    /// All steps, in their order.
    pub steps: Vec<StepResult>,
}

/// Why a connection cannot be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub enum Cause {
    /// The endpoint's host has no address.
    Dns,
    /// Nothing takes connections there, or the service is out of order.
    Connect,
    /// No secure connection comes about.
    Tls,
    /// The access key is unknown, ended or incomplete.
    Key,
    /// The secret does not belong to the access key.
    Signature,
    /// The clock of this machine is wrong.
    Clock,
    /// The Region is none, is not named, or is not that of the endpoint.
    Region,
    /// The account may not use the service.
    Permission,
    /// Something else answers.
    NotDynamoDb,
    /// Nothing answers in time.
    TimeOut,
    /// The AWS profile gives no credentials.
    Profile,
    /// The role is not given.
    Role,
}

/// How one step ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct StepResult {
    /// The step.
    pub name: Step,
    /// How it ended.
    pub state: State,
    /// What it found.
    pub text: String,
}

/// A step of the test.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub enum Step {
    /// Settings are complete, and a profile or a role gives its credentials.
    Credentials,
    /// The endpoint's host has an address.
    Name,
    /// The server takes the connection.
    Connection,
    /// The connection is secure.
    #[serde(rename = "TLS")]
    Tls,
    /// What answers is a `DynamoDB`.
    #[serde(rename = "DynamoDB")]
    DynamoDb,
    /// The clocks agree.
    Clock,
    /// The access key is known.
    Key,
    /// The secret belongs to it.
    Signature,
    /// The Region is the endpoint's.
    Region,
    /// Tables may be listed, or not; both will do.
    Permission,
}

impl Step {
    const ALL: [Self; 10] = [
        Self::Credentials,
        Self::Name,
        Self::Connection,
        Self::Tls,
        Self::DynamoDb,
        Self::Clock,
        Self::Key,
        Self::Signature,
        Self::Region,
        Self::Permission,
    ];
}

/// How a step ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum State {
    /// Well.
    Passed,
    /// Not well.
    Failed,
    /// It was not reached, or there was nothing to do.
    Skipped,
}

/// Why the test ended early.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Failure {
    step: Step,
    cause: Cause,
    text: String,
    fix: String,
}

/// Tests the connection that these settings make. Takes no longer than its time-out for each step.
pub async fn diagnose(
    settings: Settings,
    environment: impl Fn(&str) -> Option<String>,
) -> Diagnosis {
    let mut examination = Examination::default();
    let outcome = match Connection::open(settings, environment).await {
        Ok(connection) => examination.go(&connection).await,
        Err(error) => Err(failure(Step::Credentials, &error)),
    };
    examination.end(outcome)
}

#[derive(Debug, Default)]
struct Examination {
    steps: Vec<StepResult>,
}

impl Examination {
    fn passed(&mut self, name: Step, text: impl Into<String>) {
        self.steps.push(StepResult { name, state: State::Passed, text: text.into() });
    }

    fn skipped(&mut self, name: Step, text: impl Into<String>) {
        self.steps.push(StepResult { name, state: State::Skipped, text: text.into() });
    }

    async fn go(&mut self, connection: &Connection) -> Result<String, Failure> {
        let key = connection.access_key_id();
        self.passed(Step::Credentials, format!("The access key {key} asks"));
        let command: Command = "ListTables".parse().expect("there is such a command");
        let server = Server::parse(&connection.url(command));
        let server = server.map_err(|error| failure(Step::Credentials, &error))?;
        let mut sender = self.reach(connection, &server).await?;
        let answer = within(connection, &server, Step::DynamoDb, async {
            let now = now();
            let request = signed(connection, &server, (Some(command), &QUESTION), now)?;
            dial::exchange(&server, &mut sender, request).await
        });
        let answer: Answer = answer.await?;
        self.judge(&answer, connection)
    }

    /// The steps before the first byte of HTTP.
    async fn reach(&mut self, connection: &Connection, server: &Server) -> Result<Sender, Failure> {
        let addresses = within(connection, server, Step::Name, dial::lookup(server)).await;
        let addresses = match addresses {
            Ok(addresses) => addresses,
            Err(failure) => return Err(self.nameless(connection, server, failure).await),
        };
        self.passed(Step::Name, found(server, &addresses));
        let stream = dial::connect(server, &addresses);
        let stream = within(connection, server, Step::Connection, stream).await?;
        self.passed(Step::Connection, format!("{} takes connections", server.address()));
        if !server.is_secure {
            self.skipped(Step::Tls, "The endpoint is http://, so nothing is encrypted");
            return within(connection, server, Step::DynamoDb, dial::open(server, stream)).await;
        }
        let stream = within(connection, server, Step::Tls, async {
            dial::secure(server, stream, connection.pool().trust()?).await
        });
        let stream = stream.await?;
        self.passed(Step::Tls, format!("{} has a certificate for its name", server.host));
        within(connection, server, Step::DynamoDb, dial::open(server, stream)).await
    }

    /// Whether it is the Region that Amazon does not have, where its host has no address.
    async fn nameless(
        &self,
        connection: &Connection,
        server: &Server,
        failure: Failure,
    ) -> Failure {
        let region = connection.region();
        let Some(suffix) = server.host.strip_prefix(&format!("dynamodb.{region}.")) else {
            return failure;
        };
        let known = format!("https://dynamodb.{REGION_KNOWN}.{suffix}/");
        let Ok(known) = Server::parse(&known) else { return failure };
        if within(connection, &known, Step::Name, dial::lookup(&known)).await.is_err() {
            return failure;
        }
        Failure {
            cause: Cause::Region,
            text: format!("There is no host {}, though there are others of Amazon's", server.host),
            fix: format!("Check the Region {region}: one is written as eu-west-1"),
            ..failure
        }
    }

    /// What the answer proves.
    fn judge(&mut self, answer: &Answer, connection: &Connection) -> Result<String, Failure> {
        let verdict = verdict::of(answer, now(), connection)?;
        self.passed(Step::DynamoDb, format!("{} answers as DynamoDB does", answer.address));
        let failure = verdict.failure;
        let proofs = [
            (Step::Clock, verdict.clock),
            (Step::Key, format!("{} is known", connection.access_key_id())),
            (Step::Signature, "The secret access key belongs to the access key".to_owned()),
            (Step::Region, format!("The Region is {}", connection.region())),
            (Step::Permission, verdict.permission),
        ];
        for (step, text) in proofs {
            match &failure {
                Some(failure) if failure.step == step => return Err(failure.clone()),
                Some(_) | None => self.passed(step, text),
            }
        }
        Ok(format!("{} in {} can be asked", answer.address, connection.region()))
    }

    /// All of it, the steps after a failure included.
    fn end(mut self, outcome: Result<String, Failure>) -> Diagnosis {
        let (is_ok, summary, cause, fix) = match outcome {
            Ok(summary) => (true, summary, None, None),
            Err(Failure { step, cause, text, fix }) => {
                self.steps.push(StepResult {
                    name: step,
                    state: State::Failed,
                    text: text.clone(),
                });
                (false, text, Some(cause), Some(fix))
            }
        };
        let reached = self.steps.len();
        for step in Step::ALL.into_iter().skip(reached) {
            self.skipped(step, "Not reached");
        }
        Diagnosis { is_ok, summary, cause, fix, steps: self.steps }
    }
}

#[expect(clippy::disallowed_methods, reason = "the clock of this machine is what is tested")]
fn now() -> SystemTime {
    SystemTime::now()
}

/// A step within the connection's time-out.
async fn within<T>(
    connection: &Connection,
    server: &Server,
    step: Step,
    work: impl Future<Output = Result<T, Error>>,
) -> Result<T, Failure> {
    let time_out = connection.time_out();
    match tokio::time::timeout(time_out, work).await {
        Ok(done) => done.map_err(|error| failure(step, &error)),
        Err(_elapsed) => Err(Failure {
            step,
            cause: Cause::TimeOut,
            text: format!("Nothing from {} within {} seconds", server.address(), time_out.as_secs_f64()),
            fix: "Check the endpoint, and that no firewall drops what is sent there; on a slow network allow \
                  more time"
                .to_owned(),
        }),
    }
}

fn found(server: &Server, addresses: &[SocketAddr]) -> String {
    let Some(first) = addresses.first() else { return format!("{} has no address", server.host) };
    let address = first.ip().to_string();
    if address == server.host {
        format!("{address} is an address")
    } else {
        format!("{} is {address}", server.host)
    }
}

/// Why the step failed.
fn failure(step: Step, error: &Error) -> Failure {
    let (cause, fix) = remedy(error).unwrap_or(if step == Step::Credentials {
        (Cause::Key, "Give an access key ID and the secret access key that belongs to it")
    } else {
        (Cause::NotDynamoDb, "Check host and port, and whether it is http:// or https://")
    });
    Failure { step, cause, text: error.to_string(), fix: fix.to_owned() }
}

/// Why a query got no reply.
#[expect(clippy::wildcard_enum_match_arm, reason = "most errors are told of in one way")]
pub(crate) fn cause(error: &Error) -> Cause {
    match error {
        Error::TimeOut { .. } => Cause::TimeOut,
        other => remedy(other).map_or(Cause::NotDynamoDb, |(cause, _)| cause),
    }
}

#[expect(clippy::wildcard_enum_match_arm, reason = "most errors are of no connection")]
fn remedy(error: &Error) -> Option<(Cause, &'static str)> {
    Some(match error {
        Error::ProfileFile { .. } | Error::ProfileSyntax(_) | Error::ProfileMissing { .. } => {
            (Cause::Profile, "Mend ~/.aws/config or ~/.aws/credentials, or choose another profile")
        }
        Error::ProfileCredentials { .. } => {
            (Cause::Profile, "Sign in for the profile, or give it keys")
        }
        Error::RoleArn { .. } => (Cause::Role, "Copy the role's ARN from IAM"),
        Error::Role { .. } => (
            Cause::Role,
            "Let the role's trust policy name these credentials, give the external ID that it asks for, and \
             allow them sts:AssumeRole",
        ),
        Error::CredentialsTimeOut { .. } => (
            Cause::TimeOut,
            "Check the network: the profile or the role asks Amazon for credentials",
        ),
        Error::RegionMissing | Error::Region { .. } => {
            (Cause::Region, "Name a Region, such as eu-west-1")
        }
        Error::Endpoint { .. } => {
            (Cause::Dns, "Write the endpoint as http://127.0.0.1:8000, or aws for Amazon's")
        }
        Error::Lookup { .. } => (
            Cause::Dns,
            "Check the spelling of the host, the network, and the network's name server",
        ),
        Error::NotRunning { .. } => (Cause::Connect, "Start the server: pixii serve"),
        Error::Connect { .. } => (
            Cause::Connect,
            "Check host and port, that the server runs, and that a firewall lets you through",
        ),
        Error::NoRoots => {
            (Cause::Tls, "Install the system's package of trusted certificates (ca-certificates)")
        }
        Error::Tls { source, .. } => (Cause::Tls, mistrust(source)),
        _ => return None,
    })
}

/// What to do about a certificate that is not trusted.
fn mistrust(source: &std::io::Error) -> &'static str {
    let inner = source.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>());
    let Some(rustls::Error::InvalidCertificate(fault)) = inner else {
        return "If the server has no TLS, write http://; otherwise check the port";
    };
    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "the library has more of them with each version"
    )]
    match fault {
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => {
            "Renew the server's certificate; if it is still good, set this machine's clock"
        }
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
            "Set this machine's clock: the certificate is of a later time"
        }
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
            "Write the endpoint with the name that the certificate is for"
        }
        CertificateError::UnknownIssuer => {
            "Let this machine trust who signed the certificate: install it, or name its file in SSL_CERT_FILE"
        }
        _ => "Replace the server's certificate",
    }
}
