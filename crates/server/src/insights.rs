//! `/_pixii/insights`: what contributor insights found, as JSON.
//!
//! The query names a `table`, and may name an `index`, how many `minutes` to look at (60), and where nobody signs
//! the `region` and the `account`. No name has characters in it that would be encoded.

use database::{Insights, InsightsQuery};

use crate::error::Refusal;
use crate::principals::Caller;

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

/// The ARN of what a query is about.
pub(crate) fn arn(query: &InsightsQuery) -> String {
    let InsightsQuery { account, region, table, index, .. } = query;
    let table = format!("arn:aws:dynamodb:{region}:{account}:table/{table}");
    index.as_ref().map_or(table.clone(), |index| format!("{table}/index/{index}"))
}

/// What was found, as it is sent.
pub(crate) fn json(insights: &Insights) -> Vec<u8> {
    serde_json::to_vec(insights).expect("texts, numbers and items are JSON")
}
