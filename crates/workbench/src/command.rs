//! The commands: every operation of the API and of its streams, by name.

use std::fmt;
use std::str::FromStr;

use crate::error::Error;

/// How like a name must be to a command's to be taken for a slip of it, from 0 to 1.
const LIKENESS_MIN: f64 = 0.8;

/// The two services that share a protocol. Amazon has each at a host of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Service {
    /// Tables and items.
    Tables,
    /// The change records of tables.
    Streams,
}

/// One operation of the service. It reads from `GetItem`, `getitem`, `get-item` or `get_item`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Command {
    name: &'static str,
    service: Service,
}

impl Command {
    /// All commands, those of the tables first, each part in the order of the names.
    pub const ALL: &[Self] = &[
        Self::tables("BatchExecuteStatement"),
        Self::tables("BatchGetItem"),
        Self::tables("BatchWriteItem"),
        Self::tables("CancelBulkOperation"),
        Self::tables("CreateBackup"),
        Self::tables("CreateGlobalTable"),
        Self::tables("CreateTable"),
        Self::tables("DeleteBackup"),
        Self::tables("DeleteItem"),
        Self::tables("DeleteResourcePolicy"),
        Self::tables("DeleteTable"),
        Self::tables("DescribeBackup"),
        Self::tables("DescribeBulkOperation"),
        Self::tables("DescribeContinuousBackups"),
        Self::tables("DescribeContributorInsights"),
        Self::tables("DescribeEndpoints"),
        Self::tables("DescribeExport"),
        Self::tables("DescribeGlobalTable"),
        Self::tables("DescribeGlobalTableSettings"),
        Self::tables("DescribeImport"),
        Self::tables("DescribeKinesisStreamingDestination"),
        Self::tables("DescribeLimits"),
        Self::tables("DescribeTable"),
        Self::tables("DescribeTableReplicaAutoScaling"),
        Self::tables("DescribeTimeToLive"),
        Self::tables("DisableKinesisStreamingDestination"),
        Self::tables("EnableKinesisStreamingDestination"),
        Self::tables("ExecuteStatement"),
        Self::tables("ExecuteTransaction"),
        Self::tables("ExportTableToPointInTime"),
        Self::tables("GetItem"),
        Self::tables("GetResourcePolicy"),
        Self::tables("ImportTable"),
        Self::tables("ListBackups"),
        Self::tables("ListBulkOperations"),
        Self::tables("ListContributorInsights"),
        Self::tables("ListExports"),
        Self::tables("ListGlobalTables"),
        Self::tables("ListImports"),
        Self::tables("ListTables"),
        Self::tables("ListTagsOfResource"),
        Self::tables("PutItem"),
        Self::tables("PutResourcePolicy"),
        Self::tables("Query"),
        Self::tables("RestoreTableFromBackup"),
        Self::tables("RestoreTableToPointInTime"),
        Self::tables("Scan"),
        Self::tables("SearchVectors"),
        Self::tables("StartBulkPutItems"),
        Self::tables("TagResource"),
        Self::tables("TransactGetItems"),
        Self::tables("TransactWriteItems"),
        Self::tables("UntagResource"),
        Self::tables("UpdateContinuousBackups"),
        Self::tables("UpdateContributorInsights"),
        Self::tables("UpdateGlobalTable"),
        Self::tables("UpdateGlobalTableSettings"),
        Self::tables("UpdateItem"),
        Self::tables("UpdateKinesisStreamingDestination"),
        Self::tables("UpdateTable"),
        Self::tables("UpdateTableReplicaAutoScaling"),
        Self::tables("UpdateTimeToLive"),
        Self::streams("DescribeStream"),
        Self::streams("GetRecords"),
        Self::streams("GetShardIterator"),
        Self::streams("ListStreams"),
    ];

    const fn tables(name: &'static str) -> Self {
        Self { name, service: Service::Tables }
    }

    const fn streams(name: &'static str) -> Self {
        Self { name, service: Service::Streams }
    }

    /// The name as the API writes it: `GetItem`.
    #[must_use]
    pub fn name(self) -> &'static str {
        self.name
    }

    /// Whether it may change anything, which a connection that is read-only refuses. A statement of `PartiQL` may.
    #[must_use]
    pub fn writes(self) -> bool {
        const READS: &[&str] =
            &["BatchGet", "Describe", "Get", "List", "Query", "Scan", "Search", "TransactGet"];
        !READS.iter().any(|beginning| self.name.starts_with(beginning))
    }

    /// The service it belongs to.
    #[must_use]
    pub fn service(self) -> Service {
        self.service
    }

    /// The name as command lines write it: `get-item`.
    #[must_use]
    pub fn kebab_name(self) -> String {
        let mut kebab = String::with_capacity(self.name.len() + 4);
        for character in self.name.chars() {
            if character.is_ascii_uppercase() && !kebab.is_empty() {
                kebab.push('-');
            }
            kebab.push(character.to_ascii_lowercase());
        }
        kebab
    }

    /// The `X-Amz-Target` header: `DynamoDB_20120810.GetItem`.
    #[must_use]
    pub fn target(self) -> String {
        let prefix = match self.service {
            Service::Tables => "DynamoDB_20120810",
            Service::Streams => "DynamoDBStreams_20120810",
        };
        format!("{prefix}.{}", self.name)
    }
}

impl fmt::Display for Command {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name)
    }
}

impl FromStr for Command {
    type Err = Error;

    fn from_str(name: &str) -> Result<Self, Error> {
        let wanted = folded(name);
        Self::ALL
            .iter()
            .find(|command| folded(command.name) == wanted)
            .copied()
            .ok_or_else(|| Error::UnknownCommand { name: name.to_owned(), near: near(&wanted) })
    }
}

/// A name without what its ways of writing differ in.
fn folded(name: &str) -> String {
    let letters = name.trim().chars().filter(|character| !matches!(character, '-' | '_'));
    letters.map(|character| character.to_ascii_lowercase()).collect()
}

/// The command most like a folded name. Likeness weighs the beginning most, so that `create`
/// leads to a command that creates.
fn near(wanted: &str) -> Option<&'static str> {
    Command::ALL
        .iter()
        .map(|command| (strsim::jaro_winkler(&folded(command.name), wanted), command.name))
        .filter(|(likeness, _)| LIKENESS_MIN <= *likeness)
        .max_by(|(one, _), (other, _)| one.total_cmp(other))
        .map(|(_, name)| name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(written: &str, expected: &str) {
        let name = match written.parse::<Command>() {
            Ok(command) => command.target(),
            Err(Error::UnknownCommand { near, .. }) => format!("near {near:?}"),
            Err(other) => panic!("{other}"),
        };
        assert_eq!(name, expected, "{written}");
    }

    #[test]
    fn a_command_is_found_by_any_way_of_writing_its_name() {
        check("GetItem", "DynamoDB_20120810.GetItem");
        check("getitem", "DynamoDB_20120810.GetItem");
        check("get-item", "DynamoDB_20120810.GetItem");
        check("GET_ITEM", "DynamoDB_20120810.GetItem");
        check("  Scan ", "DynamoDB_20120810.Scan");
        check("list-streams", "DynamoDBStreams_20120810.ListStreams");
        check("GetRecords", "DynamoDBStreams_20120810.GetRecords");
    }

    #[test]
    fn a_near_miss_names_the_command_that_was_meant() {
        check("GetItme", "near Some(\"GetItem\")");
        check("ListTable", "near Some(\"ListTables\")");
        check("put-items", "near Some(\"PutItem\")");
        check("scna", "near Some(\"Scan\")");
        check("querry", "near Some(\"Query\")");
        check("create-tabel", "near Some(\"CreateTable\")");
        check("xyzzy", "near None");
        check("", "near None");
        check("é", "near None");
    }

    #[test]
    fn what_only_looks_does_not_write() {
        let reads: Vec<&str> = Command::ALL
            .iter()
            .filter(|command| !command.writes())
            .map(|command| command.name)
            .collect();
        assert_eq!(reads.len(), 33, "{reads:?}");
        for name in ["GetItem", "Query", "DescribeStream", "GetResourcePolicy", "TransactGetItems"]
        {
            assert!(reads.contains(&name), "{name}");
        }
    }

    #[test]
    fn the_message_asks_whether_the_near_one_was_meant() {
        let error = "GetItme".parse::<Command>().unwrap_err();
        assert_eq!(error.to_string(), "There is no command \"GetItme\"; did you mean GetItem?");
        let error = "xyzzy".parse::<Command>().unwrap_err();
        assert_eq!(error.to_string(), "There is no command \"xyzzy\"");
    }

    #[test]
    fn every_command_reads_from_both_of_its_names_and_stands_once() {
        assert_eq!(Command::ALL.len(), 62 + 4);
        for command in Command::ALL {
            assert_eq!(command.name.parse::<Command>().unwrap(), *command);
            assert_eq!(command.kebab_name().parse::<Command>().unwrap(), *command);
        }
        assert!(
            Command::ALL.is_sorted_by_key(|command| {
                (command.service == Service::Streams, command.name)
            })
        );
        let kebab = "describe-table-replica-auto-scaling";
        assert_eq!(kebab.parse::<Command>().unwrap().kebab_name(), kebab);
    }
}
