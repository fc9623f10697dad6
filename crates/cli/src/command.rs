//! The command line: what can be asked, and what its help says.

#![expect(clippy::doc_markdown, reason = "these comments are the help, which is read as it stands")]
#![allow(
    clippy::allow_attributes,
    rustdoc::bare_urls,
    reason = "the lint is known to one tool only"
)]

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum, ValueHint};
use clap_complete::Shell;
use serde::Deserialize;

mod connect;
mod place;
mod query;
mod transfer;
mod user;

use connect::{CONNECT_ABOUT, CONNECT_EXAMPLES};
pub(crate) use connect::{ConnectArguments, ConnectVerb, Guards};
pub(crate) use place::PlaceArguments;
pub(crate) use query::{BodyMode, OutputFormat, ParameterArguments, QueryArguments};
use query::{QUERY_ABOUT, QUERY_EXAMPLES};
use transfer::{
    COPY_ABOUT, COPY_EXAMPLES, EXPORT_ABOUT, EXPORT_EXAMPLES, IMPORT_ABOUT, IMPORT_EXAMPLES,
};
pub(crate) use transfer::{
    CopyArguments, ExportArguments, FaultRule, FileFormat, ImportArguments, LoadArguments,
};
pub(crate) use user::{
    AdminOutput, AdminTarget, KeyVerb, PolicyArguments, PolicyVerb, UserArguments, UserPolicyVerb,
    UserVerb,
};
use user::{SIMULATE_EXAMPLES, USER_ABOUT, USER_EXAMPLES};

/// The whole of DynamoDB in one program that you own.
#[derive(Parser)]
#[command(name = "pixii", version, about, long_about = None, after_help = EXAMPLES)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    pub(crate) verb: Verb,
}

const EXAMPLES: &str = "\
Examples:
  pixii serve --data ./data --sample
      Serve a database kept in ./data on 127.0.0.1:8000, with a table of airports to try.

  export AWS_ENDPOINT_URL_DYNAMODB=http://127.0.0.1:8000
  export AWS_REGION=us-east-1 AWS_DEFAULT_REGION=us-east-1
  export AWS_ACCESS_KEY_ID=any AWS_SECRET_ACCESS_KEY=any
  aws dynamodb list-tables
      Point the AWS CLI and every AWS SDK at it.

  pixii query GetItem '{\"TableName\": \"airports\", \"Key\": {\"iata\": {\"S\": \"JFK\"}}}'
      Ask the local server.

  pixii query ListTables --endpoint aws --region eu-west-1
      Ask Amazon's, with the credentials in the environment.

  pixii connect add live --endpoint aws --region eu-west-1 --profile work --read-only
  pixii query Scan --table orders --connection live --output table
      Keep a connection under a name, and ask over it.";

#[derive(Subcommand)]
pub(crate) enum Verb {
    /// Serve a database to AWS SDKs, the AWS CLI and other tools.
    #[command(long_about = SERVE_ABOUT, after_long_help = SERVE_HELP)]
    Serve(Box<ServeArguments>),
    /// Run one command on a DynamoDB: the local server, Amazon's, or any other.
    #[command(long_about = QUERY_ABOUT, after_long_help = QUERY_EXAMPLES)]
    Query(Box<QueryArguments>),
    /// Keep connections to other places under names, and test them.
    #[command(long_about = CONNECT_ABOUT, after_long_help = CONNECT_EXAMPLES)]
    Connect(Box<ConnectArguments>),
    /// Write the items of a table to a file.
    #[command(long_about = EXPORT_ABOUT, after_long_help = EXPORT_EXAMPLES)]
    Export(Box<ExportArguments>),
    /// Write the items of a file into a table.
    #[command(long_about = IMPORT_ABOUT, after_long_help = IMPORT_EXAMPLES)]
    Import(Box<ImportArguments>),
    /// Copy the items of a table into another one, here or elsewhere.
    #[command(long_about = COPY_ABOUT, after_long_help = COPY_EXAMPLES)]
    Copy(Box<CopyArguments>),
    /// Make users, their access keys and their policies.
    #[command(long_about = USER_ABOUT, after_long_help = USER_EXAMPLES)]
    User(UserArguments),
    /// Ask what policies would decide.
    #[command(after_help = SIMULATE_EXAMPLES)]
    Policy(PolicyArguments),
    /// Prove a folder sound, or name what is not.
    #[command(long_about = CHECK_ABOUT, after_help = CHECK_EXAMPLES)]
    Check {
        /// The folder of a database that nobody serves.
        #[arg(value_name = "FOLDER", value_hint = ValueHint::DirPath)]
        folder: PathBuf,
    },
    /// Print a script that completes this program's command line in a shell.
    #[command(after_help = COMPLETIONS_EXAMPLES)]
    Completions {
        /// The shell.
        shell: Shell,
    },
    /// Print the manual page, or write the pages of all commands to a folder.
    #[command(after_help = MAN_EXAMPLES)]
    Man {
        /// The folder to write to, made if it is not there: pixii.1, pixii-serve.1 and so on.
        #[arg(long, short, value_name = "FOLDER", value_hint = ValueHint::DirPath)]
        output: Option<PathBuf>,
    },
}

const CHECK_ABOUT: &str = "\
Prove a folder sound, or name what is not.

Reads all that is stored and verifies its checksums; and that keys are those of their items, index entries and expiries are what the items
imply, counts are what there is, and nothing belongs to nobody. Like a start of the server, it cuts a record that was being written when the
machine stopped off the log, and keeps it aside; it changes nothing else.

The exit status is 0 where all is sound, 1 where it is not, and 2 where the folder cannot be opened.";

const CHECK_EXAMPLES: &str = "\
Examples:
  pixii check ./data";

const COMPLETIONS_EXAMPLES: &str = "\
Examples:
  source <(pixii completions bash)
      Complete in this session of bash.

  pixii completions bash > ~/.local/share/bash-completion/completions/pixii
      Complete in every session to come.";

const MAN_EXAMPLES: &str = "\
Examples:
  pixii man --output ~/.local/share/man/man1
      Have `man pixii` and `man pixii-serve` find the pages.";

const SERVE_ABOUT: &str = "\
Serve a database to AWS SDKs, the AWS CLI and other tools.

Every option is also read from the environment (PIXII_…) and from a TOML file, where it goes by its name without the dashes in
front: data = \"/var/lib/pixii\". The command line counts before the environment, that before the file.";

/// What `pixii serve` can be told.
#[derive(Args, Deserialize, Default)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub(crate) struct ServeArguments {
    /// A TOML file with any of these options.
    #[arg(long, env = "PIXII_CONFIG", value_name = "FILE")]
    #[serde(skip)]
    pub(crate) config: Option<PathBuf>,

    /// Address and port to listen on. Port 0 takes a free one; the line printed when ready names it. [default: 127.0.0.1:8000]
    #[arg(long, env = "PIXII_LISTEN", value_name = "ADDRESS:PORT")]
    pub(crate) listen: Option<SocketAddr>,

    /// Address and port where to tell the metrics, and nothing else, to whoever asks. GET /metrics on the other port
    /// tells them too: to whoever reaches it, or with --credentials to who has signed.
    #[arg(long, env = "PIXII_METRICS_LISTEN", value_name = "ADDRESS:PORT")]
    pub(crate) metrics_listen: Option<SocketAddr>,

    /// The folder that the data is kept in, made if it is not there. [default: ./pixii-data]
    #[arg(long, env = "PIXII_DATA", value_name = "FOLDER", value_hint = ValueHint::DirPath)]
    pub(crate) data: Option<PathBuf>,

    /// Keep nothing: the data is gone when the server stops.
    #[arg(long, env = "PIXII_IN_MEMORY", num_args = 0..=1, default_missing_value = "true", conflicts_with = "data")]
    pub(crate) in_memory: Option<bool>,

    /// When a write is acknowledged: when it is on disk (sync), or earlier (relaxed: a loss of power may take back the
    /// last writes; the end of the process does not). [default: sync]
    #[arg(long, env = "PIXII_DURABILITY", value_name = "KIND")]
    pub(crate) durability: Option<Durability>,

    /// How much memory may hold what was read from disk, in bytes. [default: 268435456]
    #[arg(long, env = "PIXII_CACHE_BYTES", value_name = "BYTES")]
    pub(crate) cache_bytes: Option<usize>,

    /// Where backups are kept: a folder, or a URL: s3://bucket/folder, gs://, az://, file:///folder. Access keys and
    /// endpoints come from the environment (AWS_ACCESS_KEY_ID, AWS_ENDPOINT and so on). [default: backups in the data folder]
    #[arg(long, env = "PIXII_BACKUP_URL", value_name = "URL")]
    pub(crate) backup_url: Option<String>,

    /// Hold Amazon's cool-downs and account quotas: how often throughput, billing, class and encryption of a table may
    /// change, and how many tables and provisioned units an account may have.
    #[arg(long, env = "PIXII_ENFORCE_QUOTAS", num_args = 0..=1, default_missing_value = "true")]
    pub(crate) enforce_quotas: Option<bool>,

    /// Refuse what consumes more throughput than there is: what is provisioned, what a limit on demand says, and what one
    /// partition serves.
    #[arg(long, env = "PIXII_ENFORCE_CAPACITY", num_args = 0..=1, default_missing_value = "true")]
    pub(crate) enforce_capacity: Option<bool>,

    /// Set up auto scaling for any table with UpdateTableReplicaAutoScaling, which Amazon's has for global tables only.
    #[arg(long, env = "PIXII_SCALE_ANY_TABLE", num_args = 0..=1, default_missing_value = "true")]
    pub(crate) scale_any_table: Option<bool>,

    /// An access key id and its secret. Requests must then be signed with one of those given; without any, whoever
    /// reaches the server may do everything. May be given several times.
    #[arg(
        long,
        env = "PIXII_CREDENTIALS",
        value_name = "KEY:SECRET",
        value_delimiter = ',',
        hide_env_values = true
    )]
    pub(crate) credentials: Vec<String>,

    /// A Region that lives on this server. Given any, requests for others are refused; without, all live here that have no
    /// --region-endpoint. May be given several times.
    #[arg(long, env = "PIXII_LOCAL_REGION", value_name = "REGION", value_delimiter = ',')]
    pub(crate) local_region: Vec<String>,

    /// A Region that lives on another server, and where that is: us-east-1=https://pixii.example:8000. May be given
    /// several times.
    #[arg(long, env = "PIXII_REGION_ENDPOINT", value_name = "REGION=URL", value_delimiter = ',')]
    pub(crate) region_endpoint: Vec<String>,

    /// The access key id and secret that servers of different Regions know each other by, the same on all of them. Good
    /// for nothing else, and needed wherever there are --credentials.
    #[arg(long, env = "PIXII_PEER_CREDENTIALS", value_name = "KEY:SECRET", hide_env_values = true)]
    pub(crate) peer_credentials: Option<String>,

    /// The file with the key that the secrets of users are sealed with, made if it is not there. 64 hexadecimal digits in
    /// PIXII_KEY go before it. [default: secrets.key in the data folder]
    #[arg(long, env = "PIXII_KEY_FILE", value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) key_file: Option<PathBuf>,

    /// How many requests of one access key may run at one time. Further ones are refused. [default: 5000]
    #[arg(long, env = "PIXII_CALLER_REQUESTS_MAX", value_name = "COUNT")]
    pub(crate) caller_requests_max: Option<u32>,

    /// Where to write who did what, a line of JSON for each request: to the end of a file, or with - to standard output.
    #[arg(long, env = "PIXII_AUDIT_LOG", value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) audit_log: Option<PathBuf>,

    /// A certificate for HTTPS, in PEM, with those that it is signed by. It is read again when it changes, and on SIGHUP.
    #[arg(long, env = "PIXII_TLS_CERTIFICATE", value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) tls_certificate: Option<PathBuf>,

    /// The private key to the certificate, in PEM.
    #[arg(long, env = "PIXII_TLS_KEY", value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) tls_key: Option<PathBuf>,

    /// Make a certificate, for a trial: tls-self-signed.pem in the data folder, for clients to trust. It is good for
    /// localhost, the address that is listened on and this machine's name.
    #[arg(long, env = "PIXII_TLS_SELF_SIGNED", num_args = 0..=1, default_missing_value = "true")]
    pub(crate) tls_self_signed: Option<bool>,

    /// Listen on an address that others reach without TLS, where signatures are checked: behind a proxy that ends TLS.
    #[arg(long, env = "PIXII_PLAIN_HTTP", num_args = 0..=1, default_missing_value = "true")]
    pub(crate) plain_http: Option<bool>,

    /// Certificates, in PEM, that sign those of the servers of other Regions: who has not shown one is not heard as such
    /// a server, and who is asked must show one, or one that this system trusts. Takes TLS here.
    #[arg(long, env = "PIXII_PEER_CA", value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) peer_ca: Option<PathBuf>,

    /// The certificate that the servers of other Regions are shown, in PEM.
    #[arg(long, env = "PIXII_PEER_CERTIFICATE", value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) peer_certificate: Option<PathBuf>,

    /// The private key to that, in PEM.
    #[arg(long, env = "PIXII_PEER_KEY", value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) peer_key: Option<PathBuf>,

    /// Addresses that may connect: 10.0.0.0/8, or one alone. Any others are closed at once. May be given several times.
    #[arg(long, env = "PIXII_ALLOW_IP", value_name = "CIDR", value_delimiter = ',')]
    pub(crate) allow_ip: Vec<String>,

    /// Addresses of proxies whose connections begin with a header of the PROXY protocol, version 1 or 2, which names the
    /// client. May be given several times.
    #[arg(long, env = "PIXII_PROXY_PROTOCOL", value_name = "CIDR", value_delimiter = ',')]
    pub(crate) proxy_protocol: Vec<String>,

    /// How many connections one address may have, other than this machine's own. [default: 2500]
    #[arg(long, env = "PIXII_ADDRESS_CONNECTIONS_MAX", value_name = "COUNT")]
    pub(crate) address_connections_max: Option<u32>,

    /// Listen on an address that others reach, without checking signatures and without TLS: for a container whose port is
    /// not published.
    #[arg(long, env = "PIXII_INSECURE", num_args = 0..=1, default_missing_value = "true")]
    pub(crate) insecure: Option<bool>,

    /// An origin whose web pages may send requests though no signatures are checked: https://app.example.com. May be
    /// given several times. Pages of this machine always may.
    #[arg(long, env = "PIXII_CORS_ORIGIN", value_name = "ORIGIN", value_delimiter = ',')]
    pub(crate) cors_origin: Vec<String>,

    /// Load a table `airports` to try, unless it is there: 3,376 airports, in Region us-east-1.
    #[arg(long, env = "PIXII_SAMPLE", num_args = 0..=1, default_missing_value = "true")]
    pub(crate) sample: Option<bool>,

    /// How the log is written, to standard error. [default: text]
    #[arg(long, env = "PIXII_LOG_FORMAT", value_name = "FORMAT")]
    pub(crate) log_format: Option<LogFormat>,

    /// What is logged: error, warn, info, debug or trace, or per part: info,storage=debug. [default: info]
    #[arg(long, env = "PIXII_LOG", value_name = "LEVEL")]
    pub(crate) log: Option<String>,
}

const SERVE_HELP: &str = "\
Without --credentials and users (`pixii user`) the server takes any access key and accepts requests from this machine only. The access key's Region
and account (an access key of 12 digits is one; any other means 123456789012) choose a namespace of their own. An address that others can reach takes users or --credentials, and a certificate, or
--plain-http in its place, or --insecure in place of both.

The server ends cleanly on SIGTERM and SIGINT; no acknowledged write is lost if it is killed instead.

Examples:
  pixii serve --data ./data --sample
      On 127.0.0.1:8000, with a table of airports to try.

  pixii serve --in-memory --listen 127.0.0.1:0
      For a test: on a free port, and nothing is kept.

  pixii user create admin --administrator --data ./data
  pixii serve --data ./data --listen 0.0.0.0:8000 --tls-self-signed
      For others, who sign with keys of their own.";

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Durability {
    Sync,
    Relaxed,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum LogFormat {
    Text,
    Json,
}
