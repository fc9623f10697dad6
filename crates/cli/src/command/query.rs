//! `pixii query` and `pixii connect`: what can be asked of any DynamoDB.

#![expect(clippy::doc_markdown, reason = "these comments are the help, which is read as it stands")]

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum, ValueHint};

use super::PlaceArguments;

pub(super) const QUERY_ABOUT: &str = "\
Run one command with its JSON body on a DynamoDB, and print the reply.

The body may have comments and trailing commas, values without types (the table's keys say which they have), and {{ name }} for
parameters. What is mended without changing the meaning is told on standard error; what would change it is offered, and done with --fix.

The exit status is 0 where it was done, 1 where it was refused, and 2 where nothing could be asked.";

pub(super) const QUERY_EXAMPLES: &str = "\
Examples:
  pixii query GetItem --table airports '{\"Key\": {\"iata\": \"JFK\"}}' --output plain
      Values have the types of the table's key.

  pixii query Scan --table airports --all --output csv > airports.csv
      All pages, one after the other.

  pixii query Query --file by-state.json --param state=HI --explain
      Fill {{ state }} in, and tell what the query would do and what would be sent, without sending it.

  pixii query UpdateItem --file rename.json --fix
      Accept what is offered to mend the query, as --explain shows it.

  pixii query Query --template --table airports > by-state.json
      A body to begin with.";

/// What `pixii query` can be told.
#[derive(Args)]
#[expect(clippy::struct_excessive_bools, reason = "a flag of the command line is one")]
pub(crate) struct QueryArguments {
    /// The command, in any case or as the AWS CLI has it: GetItem, getitem, get-item.
    #[arg(required_unless_present = "list")]
    pub(crate) command: Option<String>,

    /// Its JSON body; `-` reads it from standard input; none means an empty one.
    #[arg(conflicts_with = "file")]
    pub(crate) body: Option<String>,

    /// A file with the body.
    #[arg(long, short, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) file: Option<PathBuf>,

    /// The table, where the body names none.
    #[arg(long, short, value_name = "NAME")]
    pub(crate) table: Option<String>,

    /// A text for {{ NAME }} in the body. May be given several times.
    #[arg(long, value_name = "NAME=TEXT")]
    pub(crate) param: Vec<String>,

    /// A JSON value for {{ NAME }} in the body: a number, a list, an object. May be given several times.
    #[arg(long, value_name = "NAME=JSON")]
    pub(crate) param_json: Vec<String>,

    /// How the body has values. [default: auto]
    #[arg(long, value_name = "MODE")]
    pub(crate) mode: Option<BodyMode>,

    /// How to print the reply. [default: json]
    #[arg(long, short, value_name = "FORMAT")]
    pub(crate) output: Option<OutputFormat>,

    /// Tell what would be sent and what it would do, and what may be mended; send nothing.
    #[arg(long)]
    pub(crate) explain: bool,

    /// Mend the query as is recommended, or by the fix of this name, and run it.
    #[arg(long, value_name = "NAME", num_args = 0..=1, default_missing_value = "", require_equals = true)]
    pub(crate) fix: Option<String>,

    /// Go on to the last page, and print each as it comes.
    #[arg(long, conflicts_with = "explain")]
    pub(crate) all: bool,

    /// Write without being asked, over a connection that asks before it writes.
    #[arg(long, short)]
    pub(crate) yes: bool,

    /// Print a body to begin with; with --table, one for that table.
    #[arg(long, conflicts_with_all = ["body", "file", "explain", "fix"])]
    pub(crate) template: bool,

    /// List the commands.
    #[arg(long, exclusive = true)]
    pub(crate) list: bool,

    /// How long to wait for the reply, in seconds, at most 60. [default: 10]
    #[arg(long, env = "PIXII_TIMEOUT", value_name = "SECONDS")]
    pub(crate) timeout: Option<u64>,

    #[command(flatten)]
    pub(crate) place: PlaceArguments,
}

/// How a body has the values of attributes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum BodyMode {
    /// With types or without: what reads as a typed value is one.
    Auto,
    /// With types: {"S": "a"}.
    Typed,
    /// Without: "a".
    Plain,
}

/// How a reply is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum OutputFormat {
    /// As it came, laid out for reading.
    Json,
    /// Without types, laid out for reading.
    Plain,
    /// Its items or entries, a line of plain JSON for each.
    Jsonl,
    /// Its items or entries with a column for each attribute.
    Csv,
    /// The same, laid out for reading.
    Table,
}

pub(super) const CONNECT_ABOUT: &str = "\
Keep connections to other places under names, and test them.

They are kept in connections.toml in the folder pixii of the configuration ($XDG_CONFIG_HOME, else ~/.config), for their owner alone; secrets
are sealed with a key in the file secrets.key beside it. `--connection NAME` asks over one.";

pub(super) const CONNECT_EXAMPLES: &str = "\
Examples:
  pixii connect add live --endpoint aws --region eu-west-1 --access-key-id AKIAEXAMPLE
      The secret is asked for, and not shown.

  pixii connect add live --read-only
      From now on, refuse what writes.

  pixii connect add work --endpoint aws --region eu-west-1 --profile work
      The profile's credentials are taken each time.

  pixii connect test live
      Say what is wrong, step by step.";

/// What `pixii connect` can be told.
#[derive(Args)]
pub(crate) struct ConnectArguments {
    #[command(subcommand)]
    pub(crate) verb: ConnectVerb,

    #[command(flatten)]
    pub(crate) place: PlaceArguments,
}

#[derive(Subcommand)]
pub(crate) enum ConnectVerb {
    /// Keep a connection, or change one: what is not given stays as it was.
    Add {
        /// Its name.
        name: String,
        #[command(flatten)]
        guards: Guards,
    },
    /// List the connections.
    List,
    /// Show a connection, without its secrets.
    Show {
        /// Its name.
        name: String,
    },
    /// Test a connection, or what the options say: each step, and what is wrong.
    Test {
        /// Its name.
        name: Option<String>,
    },
    /// Forget a connection.
    Remove {
        /// Its name.
        name: String,
    },
}

/// What a connection does not let through by itself.
#[derive(Args, Debug, Clone, Copy)]
pub(crate) struct Guards {
    /// Refuse all that writes, or with =false, no longer.
    #[arg(long, num_args = 0..=1, default_missing_value = "true", require_equals = true)]
    pub(crate) read_only: Option<bool>,

    /// Ask before anything is written, or with =false, no longer.
    #[arg(long, num_args = 0..=1, default_missing_value = "true", require_equals = true)]
    pub(crate) ask_before_writing: Option<bool>,
}
