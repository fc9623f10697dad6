//! The server itself: its users, its metrics, and what contributor insights found.

use serde::Deserialize;
use serde_json::{Value, json};

use super::{Asking, Place, bytes, read};
use crate::console::fault::Fault;
use crate::error::Refusal;
use crate::{admin, allow, insights, pipeline};

/// Does what a command about users says.
pub(super) async fn administer(asking: &mut Asking<'_>, body: &[u8]) -> Result<Vec<u8>, Fault> {
    #[derive(Deserialize)]
    struct Wanted {
        command: String,
        #[serde(default)]
        body: Value,
    }
    let Wanted { command, body } = read(body)?;
    let body = if body.is_null() { b"{}".to_vec() } else { bytes(&body) };
    let caller = asking.caller(&Place::default())?;
    asking.entry.is_of(&caller);
    asking.entry.administers(&command, &body);
    let shared = asking.shared();
    let _running = shared.principals.begin(&caller).ok_or(Refusal::Busy)?;
    let from = (&asking.page.arrival, &*asking.page.headers);
    let context = allow::context(shared, &caller, from, true);
    let commander = admin::Commander { caller: &caller, context, is_owner: false };
    let done = admin::run(&shared.principals, &commander, &command, &body).await;
    Ok(done.map_err(Refusal::from)?)
}

/// What is counted, as text: of tables, those of the caller's account.
pub(super) async fn metrics(asking: &Asking<'_>) -> Result<Vec<u8>, Fault> {
    let caller = asking.caller(&Place::default())?;
    asking.allow(&caller, ("cloudwatch:GetMetricData", "*"))?;
    let account = (!caller.is_anybody()).then_some(caller.account);
    Ok(bytes(&json!({ "text": pipeline::metrics_text(asking.shared(), account).await? })))
}

/// What contributor insights found.
pub(super) async fn insights(asking: &mut Asking<'_>, body: &[u8]) -> Result<Vec<u8>, Fault> {
    #[derive(Deserialize)]
    struct Wanted {
        query: String,
    }
    let Wanted { query } = read(body)?;
    let page = asking.page;
    let caller = asking.caller(&Place::default())?;
    let known = (!caller.is_anybody()).then_some(&caller);
    let query = insights::query(query.trim_start_matches('?'), known)?;
    if let Some(caller) = known {
        asking.entry.is_of(caller);
        let from = (&page.arrival, &*page.headers);
        insights::allow(&page.shared, from, caller, &query, asking.entry).await?;
    }
    Ok(insights::json(&page.shared.database.insights(&query).await.map_err(Refusal::from)?))
}
