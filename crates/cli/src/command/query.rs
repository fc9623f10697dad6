//! `pixii query`: what can be asked of any DynamoDB, and how.

#![expect(clippy::doc_markdown, reason = "these comments are the help, which is read as it stands")]

use std::path::PathBuf;

use clap::{ArgAction, Args, ValueEnum, ValueHint};

use workbench::{Format, Language, Mode};

use super::PlaceArguments;

pub(super) const QUERY_ABOUT: &str = "\
Run one command with its JSON body on a DynamoDB, and print the reply. Without a command, list the commands.

The body may have comments and trailing commas, values without types (the table's keys say which they have), and {{ name }} for
parameters. What is mended without changing the meaning is told on standard error; what would change it is offered, and done with --fix.

The exit status is 0 where it was done, 1 where it was refused (by the service, or by a connection that only reads or was not told to
write), and 2 where nothing could be asked. With --explain it is 0 where nothing is wrong, and 1 where the service would refuse.";

pub(super) const QUERY_EXAMPLES: &str = "\
Examples:
  pixii query GetItem --table airports '{\"Key\": {\"iata\": \"JFK\"}}' --output plain
      Values have the types of the table's key.

  pixii query Scan --table airports --all --output csv > airports.csv
      All pages, one after the other.

  pixii query Query --file by-state.json --param state=HI --explain
      Fill {{ state }} in, and tell what the query would do and what would be sent.

  pixii query UpdateItem --file rename.json --fix
      Accept what is offered to mend the query, as --explain shows it.

  pixii query Query --template --table airports > by-state.json
      A body to begin with.

  pixii query Query --file by-state.json --param state=HI --code python
      The same in Python.";

/// What `pixii query` can be told.
#[derive(Args)]
#[expect(clippy::struct_excessive_bools, reason = "a flag of the command line is one")]
pub(crate) struct QueryArguments {
    /// The command, in any case or as the AWS CLI has it: GetItem, getitem, get-item.
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

    #[command(flatten)]
    pub(crate) parameters: ParameterArguments,

    /// How to print the reply: on a terminal and off it alike. [default: json]
    #[arg(long, short, value_name = "FORMAT")]
    pub(crate) output: Option<OutputFormat>,

    /// Tell what would be sent and what it would do, and what may be mended; send nothing.
    #[arg(long, conflicts_with_all = ["fix", "code", "sent"])]
    pub(crate) explain: bool,

    /// Mend the query as is recommended, or by the fix of this name, and run it. Names may be given several times.
    #[arg(long, value_name = "NAME", num_args = 0..=1, default_missing_value = "", require_equals = true, action = ArgAction::Append)]
    pub(crate) fix: Vec<String>,

    /// Print the request as code, and send nothing.
    #[arg(long, value_name = "LANGUAGE", conflicts_with_all = ["fix", "sent"])]
    pub(crate) code: Option<CodeLanguage>,

    /// Print also what was sent, headers and all, to standard error.
    #[arg(long)]
    pub(crate) sent: bool,

    /// Go on to the last page, and print each as it comes.
    #[arg(long, conflicts_with_all = ["explain", "code", "pages"])]
    pub(crate) all: bool,

    /// Go on for so many pages at most. [default: 1]
    #[arg(long, value_name = "COUNT", conflicts_with_all = ["explain", "code"], value_parser = clap::value_parser!(u64).range(1..))]
    pub(crate) pages: Option<u64>,

    /// Write without being asked, over a connection that asks before it writes.
    #[arg(long, short)]
    pub(crate) yes: bool,

    /// Print a body to begin with; with --table, one for that table.
    #[arg(long, conflicts_with_all = ["body", "file", "explain", "fix", "code", "all", "pages"])]
    pub(crate) template: bool,

    /// List the commands.
    #[arg(long, conflicts_with = "command")]
    pub(crate) list: bool,

    /// How long to wait for the reply, in seconds, at most 60. [default: 10]
    #[arg(long, env = "PIXII_TIMEOUT", value_name = "SECONDS")]
    pub(crate) timeout: Option<u64>,

    #[command(flatten)]
    pub(crate) place: PlaceArguments,
}

/// How a body is to be read.
#[derive(Args)]
pub(crate) struct ParameterArguments {
    /// A text for {{ NAME }} in the body. May be given several times.
    #[arg(long, value_name = "NAME=TEXT")]
    pub(crate) param: Vec<String>,

    /// A JSON value for {{ NAME }} in the body: a number, a list, an object. May be given several times.
    #[arg(long, value_name = "NAME=JSON")]
    pub(crate) param_json: Vec<String>,

    /// How the body has values. [default: auto]
    #[arg(long, value_name = "MODE")]
    pub(crate) mode: Option<BodyMode>,
}

impl ParameterArguments {
    /// Whether any of them was given.
    pub(crate) fn is_given(&self) -> bool {
        !self.param.is_empty() || !self.param_json.is_empty() || self.mode.is_some()
    }
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

impl BodyMode {
    /// The workbench's word for it.
    pub(crate) fn mode(self) -> Mode {
        match self {
            Self::Auto => Mode::Auto,
            Self::Typed => Mode::Typed,
            Self::Plain => Mode::Plain,
        }
    }
}

/// How a reply is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum OutputFormat {
    /// Typed JSON, laid out for reading.
    Json,
    /// Without types, laid out for reading.
    Plain,
    /// Its items or entries, a line of plain JSON for each.
    Jsonl,
    /// Its items or entries with a column for each attribute, and its type.
    Csv,
    /// The same for the eye, as wide as the terminal.
    Table,
    /// The bytes as they came.
    Raw,
}

impl OutputFormat {
    /// The workbench's word for it.
    pub(crate) fn format(self) -> Format {
        match self {
            Self::Json => Format::Json,
            Self::Plain => Format::Plain,
            Self::Jsonl => Format::Jsonl,
            Self::Csv => Format::Csv,
            Self::Table => Format::Table,
            Self::Raw => Format::Raw,
        }
    }
}

/// A language that a request can be written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum CodeLanguage {
    /// For the AWS CLI.
    AwsCli,
    /// For curl, which signs.
    Curl,
    /// For boto3.
    Python,
    /// For the AWS SDK for JavaScript.
    #[value(name = "javascript")]
    JavaScript,
    /// For the AWS SDK for Rust.
    Rust,
}

impl CodeLanguage {
    /// The workbench's word for it.
    pub(crate) fn language(self) -> Language {
        match self {
            Self::AwsCli => Language::AwsCli,
            Self::Curl => Language::Curl,
            Self::Python => Language::Python,
            Self::JavaScript => Language::JavaScript,
            Self::Rust => Language::Rust,
        }
    }
}
