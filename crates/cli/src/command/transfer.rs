//! `pixii export`, `pixii import` and `pixii copy`: many items at once.

use std::path::PathBuf;

use clap::{Args, ValueEnum, ValueHint};
use workbench::{ItemFormat, transfer};

use super::{ParameterArguments, PlaceArguments};

pub(super) const EXPORT_ABOUT: &str = "\
Write the items of a table to a file: all of them, or what a Query or a Scan finds.

All types and all digits are kept, in every format. A file is complete or not there: it gets its name when the last item is in it.
What ends in .gz or .zst is compressed.

The exit status is 0 where all is written, 1 where the service refused, and 2 where nothing could be asked or written.";

pub(super) const EXPORT_EXAMPLES: &str = "\
Examples:
  pixii export airports.csv --table airports
  pixii export airports.jsonl.zst --table airports --segments 8
      Eight parts of the table at once.

  pixii export --table airports --format csv --query '{
      \"IndexName\": \"by-state\", \"KeyConditionExpression\": \"#s = :s\",
      \"ExpressionAttributeNames\": {\"#s\": \"state\"},
      \"ExpressionAttributeValues\": {\":s\": \"HI\"}}' > hawaii.csv
      What a Query finds, to standard output.";

/// What `pixii export` can be told.
#[derive(Args)]
pub(crate) struct ExportArguments {
    /// The file to write, in place of any that is there; `-`, or none, means standard output.
    #[arg(value_hint = ValueHint::FilePath)]
    pub(crate) file: Option<PathBuf>,

    /// The table.
    #[arg(long, short, value_name = "NAME", required_unless_present_any = ["query", "scan"])]
    pub(crate) table: Option<String>,

    /// How items are written. [default: by the file's name: .csv, .jsonl, .json for DynamoDB JSON; else jsonl]
    #[arg(long, value_name = "FORMAT")]
    pub(crate) format: Option<FileFormat>,

    /// Only what a Query with this JSON body finds, all its pages.
    #[arg(long, value_name = "BODY", conflicts_with = "scan")]
    pub(crate) query: Option<String>,

    /// Only what a Scan with this JSON body finds, all its pages: with a filter, of an index, some attributes.
    #[arg(long, value_name = "BODY")]
    pub(crate) scan: Option<String>,

    #[command(flatten)]
    pub(crate) parameters: ParameterArguments,

    /// How many parts of the table are read at once, at most 64. [default: 4]
    #[arg(long, value_name = "COUNT", conflicts_with = "query", value_parser = clap::value_parser!(u32).range(1..=i64::from(transfer::SEGMENTS_MAX)))]
    pub(crate) segments: Option<u32>,

    /// How long to wait for each reply, in seconds, at most 60. [default: 10]
    #[arg(long, env = "PIXII_TIMEOUT", value_name = "SECONDS")]
    pub(crate) timeout: Option<u64>,

    #[command(flatten)]
    pub(crate) place: PlaceArguments,
}

pub(super) const IMPORT_ABOUT: &str = "\
Write the items of a file into a table.

Items that are there already are overwritten, so that an import that was interrupted is done again from the start, and the same file
twice is as good as once. Of items with one key the last stays. What ends in .gz or .zst is decompressed.

The exit status is 0 where all is in the table, 1 where lines were left out or the service refused, and 2 where nothing could be read
or asked.";

pub(super) const IMPORT_EXAMPLES: &str = "\
Examples:
  pixii import airports.csv --table airports
  pixii import airports.jsonl.zst --table airports --create iata:S
      Make the table first, with the partition key iata.

  pixii import orders.csv --table orders --create customer:S,at:N --on-fault skip
      A partition key and a sort key; lines that are no items are left out, and told in the end.

  zcat export/*.json.gz | pixii import - --table orders --format dynamodb-json
      What DynamoDB's own export wrote.";

/// What `pixii import` can be told.
#[derive(Args)]
pub(crate) struct ImportArguments {
    /// The file to read; `-` means standard input.
    #[arg(value_hint = ValueHint::FilePath)]
    pub(crate) file: PathBuf,

    /// The table.
    #[arg(long, short, value_name = "NAME")]
    pub(crate) table: String,

    /// How items are written in it. [default: by the file's name: .csv, .jsonl, .json for DynamoDB JSON]
    #[arg(long, value_name = "FORMAT")]
    pub(crate) format: Option<FileFormat>,

    /// Make the table first, on demand, with this key: its partition key and perhaps its sort key, each with its type (S, N
    /// or B): id:S, or customer:S,at:N.
    #[arg(long, value_name = "KEY")]
    pub(crate) create: Option<String>,

    #[command(flatten)]
    pub(crate) load: LoadArguments,

    #[command(flatten)]
    pub(crate) place: PlaceArguments,
}

/// How items are written into a table.
#[derive(Args)]
pub(crate) struct LoadArguments {
    /// What to do at a line that is no item, or one that the service does not take. [default: stop]
    #[arg(long, value_name = "WHAT")]
    pub(crate) on_fault: Option<FaultRule>,

    /// How many batches of 25 items are written at once, at most 64. [default: 4]
    #[arg(long, value_name = "COUNT", value_parser = clap::value_parser!(u16).range(1..=64))]
    pub(crate) parallel: Option<u16>,

    /// Write without being asked, over a connection that asks before it writes.
    #[arg(long, short)]
    pub(crate) yes: bool,

    /// How long to wait for each reply, in seconds, at most 60. [default: 10]
    #[arg(long, env = "PIXII_TIMEOUT", value_name = "SECONDS")]
    pub(crate) timeout: Option<u64>,
}

pub(super) const COPY_ABOUT: &str = "\
Copy the items of a table into another one, of the same place or of another: from Amazon's to this machine, between Regions or accounts.

A table is named as TABLE, or over a saved connection as CONNECTION:TABLE. The connection options mean the tables without one. Items that
are there already are overwritten, so that a copy that was interrupted is done again from the start. What is written meanwhile to the
table that is copied may be copied or not.

The exit status is 0 where all is copied, 1 where items were left out or the service refused, and 2 where nothing could be asked.";

pub(super) const COPY_EXAMPLES: &str = "\
Examples:
  pixii copy --from live:orders --to orders --create
      From the saved connection live to the local server, where a table like it is made.

  pixii copy --from orders --to orders-2026 --region eu-west-1
      Into a table beside it, which is there.

  pixii copy --from ireland:orders --to ohio:orders --segments 16 --parallel 16
      Faster, if the tables allow it.";

/// What `pixii copy` can be told.
#[derive(Args)]
pub(crate) struct CopyArguments {
    /// The table to read.
    #[arg(long, value_name = "[CONNECTION:]TABLE")]
    pub(crate) from: String,

    /// The table to write to.
    #[arg(long, value_name = "[CONNECTION:]TABLE")]
    pub(crate) to: String,

    /// Make the table first, like the one that is copied: keys, indexes, billing, stream and time to live.
    #[arg(long)]
    pub(crate) create: bool,

    /// How many parts of the table are read at once, at most 64. [default: 4]
    #[arg(long, value_name = "COUNT", value_parser = clap::value_parser!(u32).range(1..=i64::from(transfer::SEGMENTS_MAX)))]
    pub(crate) segments: Option<u32>,

    #[command(flatten)]
    pub(crate) load: LoadArguments,

    #[command(flatten)]
    pub(crate) place: PlaceArguments,
}

/// How items are written in a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum FileFormat {
    /// A table of text, whose first line has the names and types of attributes.
    Csv,
    /// Plain JSON, an item in each line.
    Jsonl,
    /// Typed JSON in {"Item": …}, an item in each line, as DynamoDB's own exports have it.
    #[value(name = "dynamodb-json")]
    DynamoDbJson,
}

impl FileFormat {
    /// The workbench's word for it.
    pub(crate) fn format(self) -> ItemFormat {
        match self {
            Self::Csv => ItemFormat::Csv,
            Self::Jsonl => ItemFormat::Jsonl,
            Self::DynamoDbJson => ItemFormat::DynamoDbJson,
        }
    }
}

/// What becomes of lines that are no items.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum FaultRule {
    /// End with it; what came before is written.
    Stop,
    /// Go on without it.
    Skip,
}
