//! Names of tables and indexes, and the ARNs that stand for them.

use std::fmt;

use crate::error::{Error, Rule};
use crate::json::Json;
use crate::limit::{NAME_CHARACTERS_MAX, NAME_CHARACTERS_MIN, TABLE_ARN_CHARACTERS_MAX};
use crate::parameter::{Faults, Parameter, Path};

/// The pattern of every name.
const PATTERN: &str = "[a-zA-Z0-9_.-]+";

/// A name of 3 to 255 letters, digits, `_`, `.` and `-`: a table's or an index's.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Name(String);

impl Name {
    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// `text`, if it follows the rule.
    #[must_use]
    pub fn new(text: &str) -> Option<Self> {
        let sound = (NAME_CHARACTERS_MIN..=NAME_CHARACTERS_MAX).contains(&text.len());
        (sound && text.bytes().all(is_name_byte)).then(|| Self(text.to_owned()))
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

fn is_name_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.' | b'-')
}

impl<E: From<Error>> Parameter<E> for Name {
    fn read(json: &Json<'_>, path: &Path<'_>, faults: &mut Faults<E>) -> Self {
        let text = String::read(json, path, faults);
        if !text.bytes().all(is_name_byte) || text.is_empty() {
            faults.constraint(Some(json), path, Rule::Pattern(PATTERN));
        }
        if text.len() < NAME_CHARACTERS_MIN {
            faults.constraint(Some(json), path, Rule::LengthMin(NAME_CHARACTERS_MIN));
        }
        if text.chars().count() > NAME_CHARACTERS_MAX {
            faults.constraint(Some(json), path, Rule::LengthMax(NAME_CHARACTERS_MAX));
        }
        Self(text)
    }

    fn placeholder() -> Self {
        Self(String::new())
    }
}

/// An ARN of a table: `arn:aws:dynamodb:REGION:ACCOUNT:table/NAME`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct TableArn {
    /// The Region.
    pub region: String,
    /// The account: 12 digits.
    pub account: String,
    /// The table.
    pub name: Name,
}

/// What an ARN may name below a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ArnResource {
    /// The table itself.
    Table,
    /// Something of the table's: `index/NAME`, `stream/LABEL` and others.
    Below(String),
}

impl TableArn {
    /// Reads an ARN of a table or of something that belongs to one.
    #[must_use]
    pub fn parse(text: &str) -> Option<(Self, ArnResource)> {
        let mut parts = text.splitn(6, ':');
        let prefix = (parts.next()?, parts.next()?, parts.next()?);
        let (region, account, resource) = (parts.next()?, parts.next()?, parts.next()?);
        // One spelling only: policies judge the ARN as it is.
        if prefix != ("arn", "aws", "dynamodb") {
            return None;
        }
        if account.len() != 12 || !account.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        let rest = resource.strip_prefix("table/")?;
        let (name, below) =
            rest.split_once('/').map_or((rest, None), |(name, below)| (name, Some(below)));
        let arn =
            Self { region: region.to_owned(), account: account.to_owned(), name: Name::new(name)? };
        Some((arn, below.map_or(ArnResource::Table, |below| ArnResource::Below(below.to_owned()))))
    }
}

impl fmt::Display for TableArn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "arn:aws:dynamodb:{}:{}:table/{}", self.region, self.account, self.name)
    }
}

/// A table as requests name it: by its name, or by its ARN.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum TableReference {
    /// A name, in the caller's account and Region.
    Name(Name),
    /// An ARN, which must be of the caller's account and Region.
    Arn(TableArn),
}

impl TableReference {
    /// The table's name, wherever it is.
    #[must_use]
    pub fn name(&self) -> &Name {
        match self {
            Self::Name(name) => name,
            Self::Arn(arn) => &arn.name,
        }
    }
}

impl<E: From<Error>> Parameter<E> for TableReference {
    fn read(json: &Json<'_>, path: &Path<'_>, faults: &mut Faults<E>) -> Self {
        if let Json::String(text) = json
            && text.starts_with("arn:")
            && text.len() <= TABLE_ARN_CHARACTERS_MAX
            && let Some((arn, ArnResource::Table)) = TableArn::parse(text)
        {
            return Self::Arn(arn);
        }
        Self::Name(Name::read(json, path, faults))
    }

    fn placeholder() -> Self {
        Self::Name(Name(String::new()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: Result<&str, &str>) {
        let json = Json::String(text.into());
        let mut faults = Faults::<Error>::none();
        let table =
            TableReference::read(&json, &Path::Member(&Path::Root, "TableName"), &mut faults);
        let result = faults.into_result().map_err(|error| error.to_string());
        let result = result.map(|()| table.name().as_str());
        assert_eq!(
            result.as_ref().map_err(String::as_str),
            expected.as_ref().map_err(|text| *text)
        );
    }

    #[test]
    fn a_table_goes_by_its_name_or_its_arn() {
        check("abc", Ok("abc"));
        check("a.-_Z9", Ok("a.-_Z9"));
        check("arn:aws:dynamodb:eu-west-1:123456789012:table/films", Ok("films"));
    }

    #[test]
    fn a_badly_formed_name_breaks_its_constraints() {
        let fault = |value: &str, rule: &str| {
            format!(
                "1 validation error detected: Value '{value}' at 'tableName' failed to satisfy constraint: {rule}"
            )
        };
        check("ab", Err(&fault("ab", "Member must have length greater than or equal to 3")));
        check(
            "a b c",
            Err(&fault("a b c", "Member must satisfy regular expression pattern: [a-zA-Z0-9_.-]+")),
        );
        let long = "a".repeat(256);
        check(&long, Err(&fault(&long, "Member must have length less than or equal to 255")));
    }
}
