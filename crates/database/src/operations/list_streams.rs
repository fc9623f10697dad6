//! `ListStreams`: no table has a stream yet.

use serde::Serialize;
use storage::Reads;
use types::name::TableReference;
use types::parameter::Whole;

use crate::catalog::arn::LongArn;
use crate::catalog::describe;
use crate::error::Result;
use crate::operation::{Access, Operation, Parameters};
use crate::{Call, Database};

/// The request.
pub(crate) struct ListStreams {
    table: Option<TableReference>,
}

/// The reply.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct ListStreamsOutput {
    streams: [(); 0],
}

impl Operation for ListStreams {
    const NAME: &'static str = "ListStreams";
    const ACCESS: Access = Access::Control;
    type Output = ListStreamsOutput;

    fn read(parameters: &mut Parameters<'_>) -> Self {
        let table = parameters.optional("TableName");
        parameters.optional::<Whole<1, 100>>("Limit");
        parameters.optional::<LongArn>("ExclusiveStartStreamArn");
        Self { table }
    }

    async fn run(self, database: &Database, call: &Call) -> Result<ListStreamsOutput> {
        if let Some(table) = &self.table {
            let view = database.view(Reads::One).await?;
            describe::table(database, &view, call, table).await?;
        }
        Ok(ListStreamsOutput { streams: [] })
    }
}
