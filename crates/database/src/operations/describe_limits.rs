//! `DescribeLimits`: how much throughput an account may provision.

use serde::Serialize;
use types::limit::{
    ACCOUNT_READ_UNITS_MAX, ACCOUNT_WRITE_UNITS_MAX, TABLE_READ_UNITS_MAX, TABLE_WRITE_UNITS_MAX,
};

use crate::access::Needs;
use crate::error::Result;
use crate::operation::{Access, Operation, Parameters};
use crate::{Call, Database};

/// The request, which asks for nothing in particular.
pub(crate) struct DescribeLimits;

/// The reply.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
#[expect(clippy::struct_field_names, reason = "the names are those of the reply")]
pub(crate) struct DescribeLimitsOutput {
    account_max_read_capacity_units: u64,
    account_max_write_capacity_units: u64,
    table_max_read_capacity_units: u64,
    table_max_write_capacity_units: u64,
}

impl Operation for DescribeLimits {
    const NAME: &'static str = "DescribeLimits";
    const ACCESS: Access = Access::Control;
    type Output = DescribeLimitsOutput;

    fn read(_: &mut Parameters<'_>) -> Self {
        Self
    }

    fn needs<'a>(&'a self, needs: &mut Needs<'a>) {
        needs.any();
    }

    async fn run(self, _: &Database, _: &Call) -> Result<DescribeLimitsOutput> {
        Ok(DescribeLimitsOutput {
            account_max_read_capacity_units: ACCOUNT_READ_UNITS_MAX,
            account_max_write_capacity_units: ACCOUNT_WRITE_UNITS_MAX,
            table_max_read_capacity_units: TABLE_READ_UNITS_MAX,
            table_max_write_capacity_units: TABLE_WRITE_UNITS_MAX,
        })
    }
}
