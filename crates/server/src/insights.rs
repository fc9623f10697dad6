//! `/_pixii/insights`: what contributor insights found, as JSON.
//!
//! The query names a `table`, and may name an `index`, how many `minutes` to look at (60), and where nobody signs
//! the `region` and the `account`. No name has characters in it that would be encoded.

use database::{Api, Call, Insights, InsightsQuery};
use http::HeaderMap;
use types::json::Json;

use crate::allow::{self, Asked};
use crate::arrival::Arrival;
use crate::audit::Entry;
use crate::error::Refusal;
use crate::pipeline::Shared;
use crate::principals::Caller;

/// Where it is asked for.
pub(crate) const PATH: &str = "/_pixii/insights";
/// The operation whose permission it takes.
const OPERATION: &str = "DescribeContributorInsights";

const MINUTES: u64 = 60;
const REGION: &str = "us-east-1";
const ACCOUNT: &str = "123456789012";

/// What a query asks for. Who has signed, asks of the own tables.
pub(crate) fn query(query: &str, caller: Option<&Caller>) -> Result<InsightsQuery, Refusal> {
    let pairs = query.split('&').filter_map(|pair| pair.split_once('='));
    let value = |name: &str| {
        let mut pairs = pairs.clone();
        pairs.find(|(other, _)| *other == name).map(|(_, value)| value.to_owned())
    };
    let minutes =
        value("minutes").map(|minutes| minutes.parse().map_err(|_| Refusal::Query("minutes")));
    let of = |caller: &Caller| (caller.account.clone(), caller.region.clone());
    let (account, region) = caller.map(of).unzip();
    Ok(InsightsQuery {
        account: account.or_else(|| value("account")).unwrap_or_else(|| ACCOUNT.to_owned()),
        region: value("region").or(region).unwrap_or_else(|| REGION.to_owned()),
        table: value("table").ok_or(Refusal::Query("table"))?,
        index: value("index"),
        minutes: minutes.transpose()?.unwrap_or(MINUTES),
    })
}

/// Lets a caller see what was found, as `DescribeContributorInsights` lets see whether anything is looked for.
pub(crate) async fn allow(
    shared: &Shared,
    (arrival, headers): (&Arrival, &HeaderMap),
    caller: &Caller,
    query: &InsightsQuery,
    entry: &mut Entry,
) -> Result<(), Refusal> {
    let row = database::find(Api::DynamoDb, OPERATION).expect("the operation is there");
    let mut body = serde_json::json!({ "TableName": query.table });
    if let (Some(index), Some(members)) = (&query.index, body.as_object_mut()) {
        members.insert("IndexName".to_owned(), index.as_str().into());
    }
    let body = body.to_string();
    let json = Json::parse(body.as_bytes()).map_err(|_| Refusal::Malformed)?;
    let request = row.read(&json)?;
    let (account, region) = (query.account.clone(), query.region.clone());
    let call = Call { account, region, host: String::new() };
    entry.is_for(row);
    entry.resources = request.resources(&call);
    let asked = Asked { caller, arrival, headers, json: &json };
    allow::allow(shared, &asked, (row, &request), call).await.map(drop)
}

/// What was found, as it is sent.
pub(crate) fn json(insights: &Insights) -> Vec<u8> {
    serde_json::to_vec(insights).expect("texts, numbers and items are JSON")
}
