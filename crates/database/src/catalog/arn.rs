//! ARNs in requests: of a table whose tags or policy are asked for, and of what belongs to one.

use types::json::Json;
use types::name::{ArnResource, TableArn};
use types::parameter::{Faults, Parameter, Path, Text};

use crate::error::{Error, Invalid, Result};
use crate::{Call, Scope};

/// The most characters of an ARN of any resource.
const ARN_CHARACTERS_MAX: usize = 1283;
/// The fewest characters of an ARN of something that belongs to a table.
const LONG_ARN_CHARACTERS_MIN: usize = 37;

/// `ResourceArn` of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ResourceArn(pub(crate) String);

impl Parameter<Error> for ResourceArn {
    fn read(json: &Json<'_>, path: &Path<'_>, faults: &mut Faults<Error>) -> Self {
        let Text(arn) = Text::<1, ARN_CHARACTERS_MAX>::read(json, path, faults);
        Self(arn)
    }

    fn placeholder() -> Self {
        Self(String::new())
    }
}

impl ResourceArn {
    /// The table that the ARN is of, wherever it is.
    pub(crate) fn table(&self) -> Result<TableArn, Invalid> {
        let arn = || self.0.clone();
        if !self.0.starts_with("arn:") {
            return Err(Invalid::NotAnArn(arn()));
        }
        if self.0.split(':').nth(2) != Some("dynamodb") {
            return Err(Invalid::ForeignArn(arn()));
        }
        match TableArn::parse(&self.0) {
            Some((table, ArnResource::Table)) => Ok(table),
            Some((_, ArnResource::Below(_))) => Err(Invalid::NotATableArn(arn())),
            None => Err(Invalid::Arn(arn())),
        }
    }

    /// Whether the ARN is of something that can have a policy: a table or a stream.
    pub(crate) fn check(&self) -> Result<(), Invalid> {
        match TableArn::parse(&self.0) {
            Some((_, ArnResource::Below(rest))) if rest.starts_with("stream/") => Ok(()),
            Some(_) | None => self.table().map(drop),
        }
    }

    /// The scope and name of the table, which must be the caller's.
    pub(crate) fn own_table(&self, call: &Call) -> Result<(Scope, String)> {
        let table = self.table()?;
        if table.account != call.account {
            return Err(Error::AccessDenied);
        }
        if table.region != call.region {
            return Err(Invalid::Arn(self.0.clone()).into());
        }
        Ok((call.scope(), table.name.as_str().to_owned()))
    }

    /// The error for a table that is not there.
    pub(crate) fn not_found(&self) -> Error {
        Error::ArnNotFound(self.0.clone())
    }
}

/// The ARN of something that belongs to a table: a backup, an export, an import.
pub(crate) type LongArn = Text<LONG_ARN_CHARACTERS_MIN, 1024>;

/// Checks that an ARN is of a `kind` of thing, such as `backup`, and the caller's.
pub(crate) fn check_below(call: &Call, arn: &LongArn, kind: &'static str) -> Result<()> {
    let Some((table, ArnResource::Below(rest))) = TableArn::parse(&arn.0) else {
        return Err(Invalid::ArnKind(kind).into());
    };
    let lower = kind.to_ascii_lowercase();
    if rest.strip_prefix(&lower).and_then(|rest| rest.strip_prefix('/')).is_none_or(str::is_empty) {
        return Err(Invalid::ArnKind(kind).into());
    }
    if table.account == call.account { Ok(()) } else { Err(Error::AccessDenied) }
}
