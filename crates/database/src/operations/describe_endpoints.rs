//! `DescribeEndpoints`: where to send requests, for clients that ask first. It is where they are.

use serde::Serialize;

use crate::access::Needs;
use crate::error::Result;
use crate::operation::{Access, Operation, Parameters};
use crate::{Call, Database};

/// How long a client may keep the answer, in minutes.
const CACHE_MINUTES: u32 = 24 * 60;

/// The request, which asks for nothing in particular.
pub(crate) struct DescribeEndpoints;

/// The reply.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct DescribeEndpointsOutput {
    endpoints: [Endpoint; 1],
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Endpoint {
    address: String,
    cache_period_in_minutes: u32,
}

impl Operation for DescribeEndpoints {
    const NAME: &'static str = "DescribeEndpoints";
    const ACCESS: Access = Access::Control;
    type Output = DescribeEndpointsOutput;

    fn read(_: &mut Parameters<'_>) -> Self {
        Self
    }

    fn needs<'a>(&'a self, needs: &mut Needs<'a>) {
        needs.any();
    }

    async fn run(self, _: &Database, call: &Call) -> Result<DescribeEndpointsOutput> {
        let address = call.host.clone();
        let endpoint = Endpoint { address, cache_period_in_minutes: CACHE_MINUTES };
        Ok(DescribeEndpointsOutput { endpoints: [endpoint] })
    }
}
