//! Policies of resources: documents that a table or a stream carries, and that say who else may use it.
//!
//! They are rows of their own beside the table's. What a document means, and whether it is one, is for those who judge
//! requests: here it is JSON that is kept, with a number that each change renews.

use bytes::Bytes;
use serde::{Deserialize, Serialize};
use types::json::Json;
use types::name::{ArnResource, TableArn};
use types::parameter::Text;

use crate::catalog;
use crate::catalog::arn::ResourceArn;
use crate::error::{Damaged, Error, Invalid, Result};
use crate::operation::Parameters;
use crate::{Call, keys};

/// The most bytes of a document.
pub(crate) const DOCUMENT_BYTES_MAX: usize = 20 * 1024;

/// The most characters of a revision.
const REVISION_CHARACTERS_MAX: usize = 255;

/// A policy as it is kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct ResourcePolicy {
    /// The document, as it was put.
    pub(crate) document: String,
    /// The number of the change that put it: digits.
    pub(crate) revision: String,
}

impl ResourcePolicy {
    /// A document that has just been put.
    pub(crate) fn new(document: String) -> Self {
        // The service's are numbers of milliseconds with some digits more, and mean nothing either.
        Self { document, revision: (uuid::Uuid::new_v4().as_u128() >> 64).to_string() }
    }

    pub(crate) fn decode(row: &Bytes) -> Result<Self, Damaged> {
        catalog::decode(row)
    }

    pub(crate) fn encode(&self) -> Bytes {
        catalog::encode(self)
    }
}

/// A document, sound as JSON.
pub(crate) fn check_document(document: &str) -> Result<(), Error> {
    if document.len() > DOCUMENT_BYTES_MAX {
        return Err(Invalid::PolicyTooLarge.into());
    }
    match Json::parse(document.as_bytes()) {
        Ok(Json::Object(_)) => Ok(()),
        Ok(
            Json::Null
            | Json::Bool(_)
            | Json::Integer(_)
            | Json::Decimal(_)
            | Json::String(_)
            | Json::Array(_),
        )
        | Err(_) => Err(Invalid::Policy("Policy document is not a JSON object".to_owned()).into()),
    }
}

/// Reads the revision that a change expects, if it expects one.
pub(crate) fn expected(parameters: &mut Parameters<'_>) -> Option<String> {
    let revision: Option<Text<1, REVISION_CHARACTERS_MAX>> =
        parameters.optional("ExpectedRevisionId");
    revision.map(|Text(revision)| revision)
}

/// Something that can have a policy.
pub(crate) struct Holder {
    /// The row that must be there.
    pub(crate) row_key: Bytes,
    /// The row of its policy.
    pub(crate) policy_key: Bytes,
}

impl Holder {
    /// What a request's ARN names: a table or a stream of the caller's.
    ///
    /// # Errors
    /// Where it is something else, or somebody else's.
    pub(crate) fn find(call: &Call, resource: &ResourceArn) -> Result<Self> {
        let arn = || resource.0.clone();
        let Some((table, what)) = TableArn::parse(&resource.0) else {
            return Err(Invalid::Arn(arn()).into());
        };
        if table.account != call.account {
            return Err(Error::AccessDenied);
        }
        if table.region != call.region {
            return Err(Invalid::Arn(arn()).into());
        }
        let (scope, name) = (call.scope(), table.name.as_str());
        let (row_key, policy_key) = match what {
            ArnResource::Table => (keys::table(&scope, name), keys::policy(&scope, name)),
            ArnResource::Below(rest) => {
                let label = rest.strip_prefix("stream/").ok_or_else(|| Invalid::Arn(arn()))?;
                (keys::stream(&scope, name, label), keys::stream_policy(&scope, name, label))
            }
        };
        Ok(Self { row_key, policy_key })
    }
}
