//! What the console keeps on the server: connections, and queries with their endpoints.

use serde::Deserialize;
use serde_json::{Value, json};

use super::{Asking, Place, bytes, read};
use crate::console::connections::{self, Connection, LOCAL};
use crate::console::fault::{Fault, malformed};
use crate::console::queries::{self, Endpoint, SavedQuery};
use crate::console::way::environment;
use crate::console::{endpoint, rows};
use crate::principals::{Bearer, Caller, random};

#[derive(Deserialize)]
struct Named {
    id: String,
}

/// Does what is asked about connections.
pub(super) async fn connections(
    asking: &mut Asking<'_>,
    name: &str,
    body: &[u8],
) -> Result<Vec<u8>, Fault> {
    let caller = asking.caller(&Place::default())?;
    let shared = &asking.page.shared;
    match name {
        "ListConnections" => {
            let all = connections::list(shared, &caller.account).await?;
            let may = |one: &Connection| {
                one.is_local()
                    || asking.may(&caller, "UseConnection", &format!("connection/{}", one.id))
            };
            let shown: Vec<_> = all.into_iter().filter(may).map(Connection::shown).collect();
            Ok(bytes(&json!({ "connections": shown })))
        }
        "ListProfiles" => {
            asking.let_reach(&caller, "ListProfiles", "profile/*")?;
            let profiles = workbench::profiles(environment(true)).await.map_err(malformed)?;
            let shown: Vec<_> = profiles
                .into_iter()
                .map(|profile| json!({ "name": profile.name, "region": profile.region }))
                .collect();
            Ok(bytes(&json!({ "profiles": shown })))
        }
        "DeleteConnection" => {
            let Named { id } = read(body)?;
            asking.let_do(&caller, "DeleteConnection", &format!("connection/{id}"))?;
            rows::delete::<Connection>(&shared.database, &caller.account, &id).await?;
            shared.ways.forget(&caller.account, &id);
            Ok(b"{}".to_vec())
        }
        "SaveConnection" => {
            let wanted: connections::Wanted = read(body)?;
            let resource = format!("connection/{}", wanted.id.as_deref().unwrap_or("*"));
            if wanted.id.as_deref() == Some(LOCAL) {
                asking.let_do(&caller, "SaveConnection", &resource)?;
            } else {
                asking.let_reach(&caller, "SaveConnection", &resource)?;
            }
            let saved = connections::save(shared, &caller.account, wanted).await?;
            shared.ways.forget(&caller.account, &saved.id);
            Ok(bytes(&json!({ "connection": saved.shown() })))
        }
        _ => test(asking, &caller, body).await,
    }
}

async fn test(asking: &mut Asking<'_>, caller: &Caller, body: &[u8]) -> Result<Vec<u8>, Fault> {
    let value: Value = read(body)?;
    let id = value.get("id").and_then(Value::as_str);
    if id == Some(LOCAL) {
        let summary = "This server itself: nothing is between";
        return Ok(bytes(
            &json!({ "isOk": true, "summary": summary, "cause": null, "fix": null, "steps": [] }),
        ));
    }
    asking.let_reach(caller, "TestConnection", &format!("connection/{}", id.unwrap_or("*")))?;
    let shared = asking.shared();
    let is_stored = value.as_object().is_some_and(|members| members.len() == 1);
    let connection = match id {
        Some(id) if is_stored => connections::find(shared, &caller.account, id).await?,
        Some(_) | None => connections::tried(shared, &caller.account, read(body)?).await?,
    };
    let settings = connection.settings(shared, &caller.account)?;
    let environment = environment(settings.profile.is_some());
    Ok(bytes(&workbench::diagnose(settings, environment).await))
}

/// Does what is asked about queries.
pub(super) async fn queries(
    asking: &mut Asking<'_>,
    name: &str,
    body: &[u8],
) -> Result<Vec<u8>, Fault> {
    let caller = asking.caller(&Place::default())?;
    let shared = &asking.page.shared;
    let account = caller.account.as_str();
    if name == "ListQueries" {
        let all: Vec<SavedQuery> = rows::list(&shared.database, account).await?;
        let may = |one: &SavedQuery| asking.may(&caller, "UseQuery", &format!("query/{}", one.id));
        let mut shown: Vec<SavedQuery> = all.into_iter().filter(may).collect();
        shown.sort_by_key(|query| query.name.to_lowercase());
        let shown: Vec<_> = shown.into_iter().map(SavedQuery::shown).collect();
        return Ok(bytes(&json!({ "queries": shown })));
    }
    if name == "SaveQuery" {
        let wanted: queries::Wanted = read(body)?;
        let resource = format!("query/{}", wanted.id.as_deref().unwrap_or("*"));
        asking.let_do(&caller, "SaveQuery", &resource)?;
        let bearer = asking.session.bearer.as_ref();
        let query = queries::save(shared, account, wanted, bearer).await?;
        return Ok(bytes(&json!({ "query": query.shown() })));
    }
    let Named { id } = read(body)?;
    asking.let_do(&caller, name, &format!("query/{id}"))?;
    match name {
        "DeleteQuery" => {
            rows::delete::<SavedQuery>(&shared.database, account, &id).await?;
            Ok(b"{}".to_vec())
        }
        "CreateEndpoint" => create_endpoint(asking, &caller, &id).await,
        _ => {
            let query = queries::set_endpoint(shared, account, &id, None).await?;
            Ok(bytes(&json!({ "query": query.shown() })))
        }
    }
}

async fn create_endpoint(asking: &Asking<'_>, caller: &Caller, id: &str) -> Result<Vec<u8>, Fault> {
    let bearer = asking.session.bearer.clone();
    if bearer.as_ref().is_some_and(Bearer::is_passing) {
        let text = "An endpoint acts with an access key: sign in with one, not with a session's credentials";
        return Err(Fault::Malformed(text.to_owned()));
    }
    let token = endpoint::new_token(&caller.account, &random());
    let acts_as = caller.person().map_or("root", |person| &person.user.name).to_owned();
    let shared = asking.shared();
    let endpoint = Endpoint {
        token_hash: endpoint::hash(&token),
        created_ms: shared.clock.now_ms(),
        bearer,
        acts_as,
    };
    let query = queries::set_endpoint(shared, &caller.account, id, Some(endpoint)).await?;
    Ok(bytes(&json!({ "query": query.shown(), "token": token })))
}
